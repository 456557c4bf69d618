import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Dependency } from './dependency-policy.ts';

interface LockEntry {
  readonly license?: string;
  readonly dev?: boolean;
  readonly link?: boolean;
  readonly hasInstallScript?: boolean;
}

interface Manifest {
  readonly license?: string | { readonly type?: string };
  readonly scripts?: Readonly<Record<string, string>>;
  readonly gypfile?: boolean;
}

/** Every third-party package that the lock file names, with what the installed copy says of itself where there is one. */
export function installedDependencies(root: string): readonly Dependency[] {
  const lock = readJson<{ packages: Record<string, LockEntry> }>(join(root, 'package-lock.json'));
  return Object.entries(lock.packages)
    .filter(([path, entry]) => path.includes('node_modules/') && entry.link !== true)
    .map(([path, entry]) => {
      const folder = join(root, path);
      const manifestFile = join(folder, 'package.json');
      const manifest = existsSync(manifestFile) ? readJson<Manifest>(manifestFile) : {};
      return {
        name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
        path,
        license: entry.license ?? licenseOf(manifest),
        development: entry.dev === true,
        installScript: entry.hasInstallScript === true || runsOnInstall(manifest, folder),
      };
    });
}

function licenseOf({ license }: Manifest): string | undefined {
  return typeof license === 'string' ? license : license?.type;
}

function runsOnInstall({ scripts = {}, gypfile }: Manifest, folder: string): boolean {
  if (['preinstall', 'install', 'postinstall'].some(name => scripts[name] !== undefined)) return true;
  // npm compiles a package with a binding.gyp unless the package says that there is no need.
  return gypfile !== false && existsSync(join(folder, 'binding.gyp'));
}

function readJson<Shape>(file: string): Shape {
  return JSON.parse(readFileSync(file, 'utf8')) as Shape;
}
