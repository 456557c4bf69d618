import { expect, test } from 'vitest';
import type { MetadataStore } from '../../../../packages/server/src/ports/metadata-store.ts';
import { entity, insertProject, insertUser, readAll, seed, start } from '../sample-records.ts';

export function projectsSuite(store: () => MetadataStore): void {
  test('a project carries what its rules need to know of the owner', async () => {
    const { owner, projectId } = await seed(store());
    const { projects } = store().read;
    const project = {
      id: projectId,
      entityId: owner.id,
      entityName: 'weighhouse',
      entityKind: 'organization',
      organizationId: owner.id,
      name: 'digits',
      description: null,
      access: 'PRIVATE',
      allowAllTypes: false,
      createdBy: null,
      createdAt: start,
      updatedAt: start,
    };
    expect(await projects.findProject(projectId)).toEqual(project);
    expect(await projects.findProjectByName('weighhouse', 'digits')).toEqual(project);
    expect(await projects.findProjects([projectId, 12345])).toEqual([project]);
    expect(await projects.findProjects([])).toEqual([]);
    const changes = { description: 'd', access: 'RESTRICTED', allowAllTypes: true, updatedAt: start + 1 } as const;
    await store().transaction(tx => tx.projects.updateProject(projectId, changes));
    expect(await projects.findProject(projectId)).toEqual({ ...project, ...changes });
    await store().transaction(tx => tx.projects.updateProject(projectId, { description: null, updatedAt: start + 2 }));
    expect(await projects.findProject(projectId)).toMatchObject({ description: null, access: 'RESTRICTED' });
    await store().transaction(tx => tx.projects.deleteProject(projectId, start));
    expect(await projects.findProject(projectId)).toBeUndefined();
    expect(await projects.findProjectByName('weighhouse', 'digits')).toBeUndefined();
    const again = store().transaction(tx => insertProject(tx, owner.id, 'digits'));
    await expect(again).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
  });

  test('registries and projects are listed together or apart', async () => {
    const { owner, team } = await store().transaction(async tx => {
      const owner = entity(tx, 'org');
      const team = entity(tx, 'team', { kind: 'team', organizationId: owner.id });
      await tx.accounts.insertEntity(owner);
      await tx.accounts.insertEntity(team);
      for (const name of [
        'zeta',
        'wandb-registry-model',
        'alpha',
        'wandb-registry',
        'wandb-registry-dataset',
        'wandb-registry.x',
      ]) {
        await insertProject(tx, owner.id, name);
      }
      await insertProject(tx, team.id, 'wandb-registry-model');
      return { owner: owner.id, team: team.id };
    });
    const names = async (id: number, only?: 'projects' | 'registries') =>
      (await readAll(page => store().read.projects.listProjects(id, page, only))).map(project => project.name);
    expect(await names(owner)).toEqual([
      'alpha',
      'wandb-registry',
      'wandb-registry-dataset',
      'wandb-registry-model',
      'wandb-registry.x',
      'zeta',
    ]);
    expect(await names(owner, 'registries')).toEqual(['wandb-registry-dataset', 'wandb-registry-model']);
    expect(await names(owner, 'projects')).toEqual(['alpha', 'wandb-registry', 'wandb-registry.x', 'zeta']);
    expect(await names(team, 'registries')).toEqual([]);
    expect(await names(team, 'projects')).toEqual(['wandb-registry-model']);
  });

  test('grants name the direct role and those of the given teams', async () => {
    const { projectId, bob, teams } = await store().transaction(async tx => {
      const owner = entity(tx, 'org');
      await tx.accounts.insertEntity(owner);
      const projectId = await insertProject(tx, owner.id, 'wandb-registry-model');
      const teams: number[] = [];
      for (const name of ['t1', 't2', 't3']) {
        const team = entity(tx, name, { kind: 'team', organizationId: owner.id });
        await tx.accounts.insertEntity(team);
        teams.push(team.id);
      }
      const bob = await insertUser(tx, 'bob');
      await tx.projects.setProjectMember(projectId, bob, 'viewer');
      await tx.projects.setProjectMember(projectId, bob, 'restricted_viewer');
      await tx.projects.setProjectTeam(projectId, teams[0] ?? 0, 'admin');
      await tx.projects.setProjectTeam(projectId, teams[2] ?? 0, 'viewer');
      return { projectId, bob, teams };
    });
    const { projects } = store().read;
    expect(await projects.findGrants(projectId, bob, teams.slice(0, 2))).toEqual({
      direct: 'restricted_viewer',
      throughTeams: ['admin'],
    });
    expect(await projects.findGrants(projectId, bob, [])).toEqual({ direct: 'restricted_viewer', throughTeams: [] });
    expect(await projects.findGrants(projectId, bob + 100, teams)).toMatchObject({ direct: null });
    expect(await projects.listProjectMembers(projectId)).toEqual([
      { userId: bob, username: 'bob', name: 'Dr bob', email: 'bob@example.org', role: 'restricted_viewer' },
    ]);
    expect(await projects.listProjectTeams(projectId)).toEqual([
      { teamId: teams[0], teamName: 't1', role: 'admin' },
      { teamId: teams[2], teamName: 't3', role: 'viewer' },
    ]);
    await store().transaction(async tx => {
      expect(await tx.projects.removeProjectMember(projectId, bob)).toBe(true);
      expect(await tx.projects.removeProjectMember(projectId, bob)).toBe(false);
      expect(await tx.projects.removeProjectTeam(projectId, teams[0] ?? 0)).toBe(true);
      expect(await tx.projects.removeProjectTeam(projectId, teams[0] ?? 0)).toBe(false);
    });
    expect(await projects.findGrants(projectId, bob, teams)).toEqual({ direct: null, throughTeams: ['viewer'] });
  });

  test('types are made known once', async () => {
    const { projectId } = await seed(store());
    await store().transaction(async tx => {
      await tx.projects.addAcceptedTypes(projectId, ['model', 'dataset', 'model']);
      await tx.projects.addAcceptedTypes(projectId, ['model']);
      await tx.projects.addAcceptedTypes(projectId, []);
      await tx.projects.ensureType(projectId, 500, 'model', start);
      await tx.projects.ensureType(projectId, 501, 'model', start + 1);
      await tx.projects.ensureType(projectId, 502, 'code', start + 1);
    });
    const { projects } = store().read;
    expect(await projects.listAcceptedTypes(projectId)).toEqual(['dataset', 'model']);
    expect(await projects.listTypes(projectId)).toEqual([
      { id: 502, name: 'code', createdAt: start + 1 },
      { id: 500, name: 'model', createdAt: start },
    ]);
    expect(await projects.findType(projectId, 'model')).toEqual({ id: 500, name: 'model', createdAt: start });
    expect(await projects.findType(projectId, 'Model')).toBeUndefined();
  });
}
