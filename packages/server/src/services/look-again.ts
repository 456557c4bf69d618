import { RegistryError } from '../domain/registry-error.ts';

const attempts = 5;

/**
 * Tries again where another request, perhaps at another server, made the same thing at the same moment: the next attempt
 * looks and finds it.
 * @throws RegistryError `ALREADY_EXISTS` where the place stays taken
 */
export async function lookAgain<T>(attempt: () => Promise<T>): Promise<T> {
  for (let left = attempts; ; ) {
    try {
      return await attempt();
    } catch (error) {
      left -= 1;
      if (!(error instanceof RegistryError && error.code === 'ALREADY_EXISTS') || left === 0) throw error;
    }
  }
}
