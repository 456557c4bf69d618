import { type Condition, meets } from '../../../domain/conditions.ts';
import type { Page, PageRequest } from '../../../domain/pages.ts';
import { runValues } from '../../../domain/run-values.ts';
import type { Run } from '../../../domain/runs.ts';
import { inKeyset, toPage } from '../keyset.ts';
import { byCreation, toRun } from '../run-rows.ts';
import type { Session } from '../session.ts';
import { type SqlCondition, toSql } from './condition-sql.ts';
import { countListed } from './count-listed.ts';
import { filteredPage } from './filtered-page.ts';
import { runSource } from './run-fields.ts';

export async function listRuns(
  session: Session,
  projectId: number,
  condition: Condition | undefined,
  page: PageRequest,
  order: 'created_at' | '-created_at',
): Promise<Page<Run>> {
  const asked = toSql(condition, runSource, session.dialect);
  const keyset = { ...byCreation, descending: order === '-created_at' };
  const read = async (part: PageRequest) => {
    const rows = await inKeyset(runs(session, projectId, asked).selectAll(), keyset, part).execute();
    return toPage(rows, part, toRun, row => [row.created_at, row.id]);
  };
  return await filteredPage(
    page,
    asked.exact,
    read,
    found => meeting(session, found, condition),
    run => [run.createdAt, run.id],
  );
}

export async function countRuns(
  session: Session,
  projectId: number,
  condition: Condition | undefined,
): Promise<number> {
  const asked = toSql(condition, runSource, session.dialect);
  if (asked.exact) {
    const row = await runs(session, projectId, asked)
      .select(eb => eb.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    return row.count;
  }
  return await countListed(page => listRuns(session, projectId, condition, page, 'created_at'));
}

function runs({ db }: Session, projectId: number, asked: SqlCondition) {
  const all = db.selectFrom('runs').where('project_id', '=', projectId).where('deleted_at', 'is', null);
  return asked.where ? all.where(asked.where) : all;
}

async function meeting({ db, dialect }: Session, found: Run[], condition: Condition | undefined): Promise<Run[]> {
  if (!condition || found.length === 0) return found;
  const ids = [...new Set(found.flatMap(({ userId }) => userId ?? []))];
  const people = await db
    .selectFrom('entities')
    .select(['id', 'name'])
    .where(dialect.among('id', dialect.list(ids)))
    .execute();
  const users = new Map(people.map(({ id, name }) => [id, name]));
  return found.filter(run => meets(condition, runValues(run, users)));
}
