import type { Page, PageRequest } from '../../domain/pages.ts';
import type { Project, ProjectAccess, ProjectGrants, ProjectMember, ProjectTeam } from '../../domain/projects.ts';
import type { Role } from '../../domain/roles.ts';

export interface ProjectsReader {
  findProject(id: number): Promise<Project | undefined>;
  findProjects(ids: number[]): Promise<Project[]>;
  /** also through the old names of renamed entities and projects */
  findProjectByName(entityName: string, name: string): Promise<Project | undefined>;
  /**
   * For each organization with this name or display name (one of `ids`, where they are given) its project of that name,
   * undefined where it has none now. Old names lead nowhere here.
   */
  findInOrganizations(
    nameOrDisplayName: string,
    project: string,
    ids?: number[],
  ): Promise<{ organization: string; project: Project | undefined }[]>;
  findGrants(projectId: number, userId: number, teamIds: number[]): Promise<ProjectGrants>;
  /** projects of an entity, registries left out or alone, by name */
  listProjects(entityId: number, page: PageRequest, only?: 'projects' | 'registries'): Promise<Page<Project>>;
  listAcceptedTypes(projectId: number): Promise<string[]>;
  /** artifact types that have been used in a project */
  listTypes(projectId: number): Promise<{ id: number; name: string; createdAt: number }[]>;
  findType(projectId: number, name: string): Promise<{ id: number; name: string; createdAt: number } | undefined>;
  listProjectMembers(projectId: number): Promise<ProjectMember[]>;
  listProjectTeams(projectId: number): Promise<ProjectTeam[]>;
}

export interface ProjectsWriter extends ProjectsReader {
  insertProject(project: {
    id: number;
    entityId: number;
    name: string;
    description: string | null;
    access: ProjectAccess;
    allowAllTypes: boolean;
    createdBy: number | null;
    createdAt: number;
  }): Promise<void>;
  updateProject(
    id: number,
    changes: {
      name?: string;
      description?: string | null;
      access?: ProjectAccess;
      allowAllTypes?: boolean;
      updatedAt: number;
    },
  ): Promise<void>;
  deleteProject(id: number, at: number): Promise<void>;
  addAcceptedTypes(projectId: number, types: string[]): Promise<void>;
  /** Makes the type known in the project; repeating it is harmless. */
  ensureType(projectId: number, id: number, name: string, at: number): Promise<void>;
  setProjectMember(projectId: number, userId: number, role: Role): Promise<void>;
  removeProjectMember(projectId: number, userId: number): Promise<boolean>;
  setProjectTeam(projectId: number, teamId: number, role: Role): Promise<void>;
  removeProjectTeam(projectId: number, teamId: number): Promise<boolean>;
}
