import { appendOnlyCode } from './dialect.ts';
import {
  alreadyExists,
  appendOnly,
  databaseBusy,
  databaseFull,
  databaseUnavailable,
  markTransient,
  textRefused,
  tooLongForIndex,
} from './storage-errors.ts';

/** shutdowns, restarts, connections that were ended, rights, a standby that takes no writes, damage */
const unavailable = /^(08|28|3D|57P|XX|58)|^(25P03|42501|25006)$/;
/** of the network, from Node */
const network = /^(ECONN|EPIPE$|ETIMEDOUT$|EHOST|ENET|ENOTFOUND$|EAI_|ENOENT$|EACCES$)/;
const lostByMessage = /^Connection terminated|not queryable|^Client was closed/;

/** Says what an error of PostgreSQL or of its driver means to us; anything else is a mistake of ours and stays as it is. */
export function translatePostgresError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = codeOf(error);
  if (isConnectionLoss(error)) return markTransient(databaseUnavailable(error));
  switch (code) {
    case undefined:
      return /^timeout exceeded when trying to connect/.test(error.message) ? databaseBusy(error) : error;
    case '23505':
      return alreadyExists((error as { table?: string }).table, error);
    case '40001':
    case '40P01':
      return markTransient(databaseBusy(error));
    case '53300':
      return markTransient(databaseBusy(error));
    case '55P03':
    case '57014':
    case '53200':
    case '53400':
      return databaseBusy(error);
    case '53100':
      return databaseFull(error);
    case '54000':
      return tooLongForIndex(error);
    case '22021':
      return textRefused(error);
    case appendOnlyCode:
      return appendOnly(error);
    default:
      return unavailable.test(code) ? databaseUnavailable(error) : error;
  }
}

/** Whether the connection is gone: what ran on it was rolled back, unless its commit was under way. */
export function isConnectionLoss(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = codeOf(error);
  if (code === undefined) return lostByMessage.test(error.message);
  return /^(08|57P0[1235]$|25P03$)/.test(code) || network.test(code);
}

function codeOf(error: Error): string | undefined {
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
