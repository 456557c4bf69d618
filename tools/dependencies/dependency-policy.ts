/** What we accept from others: docs/decisions/0006-dependencies-and-licences.md says why. */

export interface Dependency {
  readonly name: string;
  /** Where it lies, as the lock file names it. */
  readonly path: string;
  /** Its SPDX expression; undefined when it states none. */
  readonly license: string | undefined;
  /** Only for building and testing: it is not installed with the published packages. */
  readonly development: boolean;
  readonly installScript: boolean;
}

const permissive = new Set(['MIT', 'ISC', 'Apache-2.0', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'BlueOak-1.0.0']);

/** Weak copyleft, unmodified and apart from our code; each with a line in the decision above. */
const weakCopyleft: readonly { name: RegExp; license: string }[] = [{ name: /^lightningcss(-|$)/, license: 'MPL-2.0' }];

/** One sentence for each breach. */
export function policyBreaches(dependencies: readonly Dependency[]): readonly string[] {
  return dependencies.flatMap(dependency => {
    const breaches: string[] = [];
    if (!licenseAccepted(dependency)) {
      const stated = dependency.license ?? 'no licence that can be read';
      breaches.push(
        `${dependency.path}: ${stated} is not an accepted licence; choose another package, or decide on it in docs/decisions.`,
      );
    }
    if (dependency.installScript && !dependency.development) {
      breaches.push(
        `${dependency.path}: a package that runs in production has an install script; choose one that brings its binaries.`,
      );
    }
    return breaches;
  });
}

/** In `A OR B` one accepted choice is enough, in `A AND B` all must be. `AND` binds closer, as SPDX has it. */
function licenseAccepted({ name, license }: Dependency): boolean {
  if (license === undefined) return false;
  const accepted = (id: string) =>
    permissive.has(id) || weakCopyleft.some(entry => entry.name.test(name) && entry.license === id);
  return license
    .replace(/[()]/g, '')
    .split(/\s+OR\s+/)
    .some(choice => choice.split(/\s+AND\s+/).every(id => accepted(id.trim())));
}
