import type { IntakeResources } from '../intake/intake-resources.ts';
import type { S3Objects } from './s3-objects.ts';
import type { ScratchFolder } from './scratch-folder.ts';

/** What the parts of one S3 store share. */
export interface S3Context {
  readonly objects: S3Objects;
  readonly scratch: ScratchFolder;
  readonly resources: IntakeResources;
}
