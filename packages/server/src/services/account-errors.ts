import { shown } from '../domain/names.ts';
import { RegistryError } from '../domain/registry-error.ts';

export function nameTaken(name: string): RegistryError {
  return new RegistryError(
    'ALREADY_EXISTS',
    `The name "${name}" is taken: users, teams and organizations share one namespace, and old names stay reserved.`,
  );
}

export function noUser(username: string): RegistryError {
  return new RegistryError('NOT_FOUND', `There is no user "${shown(username)}" that you may see.`);
}
