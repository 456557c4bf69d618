import type { IntakeResources } from '../intake/intake-resources.ts';
import type { DurableContext, DurableFolders } from './durable-folder.ts';
import type { FolderLayout } from './folder-layout.ts';

/** What the parts of one file system store share. */
export interface StoreContext extends DurableContext {
  readonly layout: FolderLayout;
  readonly folders: DurableFolders;
  readonly resources: IntakeResources;
}
