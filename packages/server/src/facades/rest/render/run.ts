import type { Run, RunFile, RunReference } from '@weighhouse/contract';
import { isJsonObject, parseLenientJson } from '../../../domain/json.ts';
import type { Project } from '../../../domain/projects.ts';
import type * as domain from '../../../domain/runs.ts';
import { isoTime, isoTimeOrNull } from './time.ts';

export function renderRunReference(run: domain.Run, project: Project): RunReference {
  return {
    id: String(run.id),
    entity: project.entityName,
    project: project.name,
    name: run.name,
    displayName: run.displayName,
    state: run.state,
    jobType: run.jobType,
    createdAt: isoTime(run.createdAt),
  };
}

/** @param texts whether configuration and summary are wanted: they can be large */
export function renderRun(run: domain.Run, project: Project, user: string | null, texts: boolean): Run {
  const { description, notes, group, tags, sweep, program, host, commit, exitCode, historyLines } = run;
  return {
    ...renderRunReference(run, project),
    ...{ description, notes, group, tags, sweep, program, host, commit, exitCode, historyLines },
    config: texts ? readObject(run.config) : undefined,
    summary: texts ? readObject(run.summary) : undefined,
    user,
    heartbeatAt: isoTimeOrNull(run.heartbeatAt),
    finishedAt: isoTimeOrNull(run.finishedAt),
  };
}

export function renderRunFile({ name, size, md5, updatedAt }: domain.RunFile): RunFile {
  return { name, size, md5, updatedAt: isoTime(updatedAt) };
}

/** A line of history is JSON by agreement; one that is not is shown as it is. */
export function renderHistoryLine(line: string): unknown {
  try {
    return parseLenientJson(line, 'history');
  } catch {
    return line;
  }
}

function readObject(text: string): Record<string, unknown> {
  const value = parseLenientJson(text, 'run');
  return isJsonObject(value) ? value : {};
}
