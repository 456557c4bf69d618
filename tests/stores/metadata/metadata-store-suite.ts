import { afterEach, beforeEach, describe } from 'vitest';
import type { MetadataStore } from '../../../packages/server/src/ports/metadata-store.ts';
import type { OpenedStore, OpenStore } from './opened-store.ts';
import { accountsSuite } from './suites/accounts-suite.ts';
import { aliasesSuite } from './suites/aliases-suite.ts';
import { blobsSuite } from './suites/blobs-suite.ts';
import { collectionsSuite } from './suites/collections-suite.ts';
import { eventsSuite } from './suites/events-suite.ts';
import { instanceSuite } from './suites/instance-suite.ts';
import { manifestsSuite } from './suites/manifests-suite.ts';
import { projectsSuite } from './suites/projects-suite.ts';
import { renamesSuite } from './suites/renames-suite.ts';
import { runsSuite } from './suites/runs-suite.ts';
import { transactionsSuite } from './suites/transactions-suite.ts';
import { versionsSuite } from './suites/versions-suite.ts';

/** What every metadata store must do, whatever it is built on. */
export function metadataStoreSuite(name: string, open: OpenStore): void {
  describe(name, () => {
    let opened: OpenedStore;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(async () => {
      await opened.close();
    });
    const store = (): MetadataStore => opened.store;
    describe('accounts', () => accountsSuite(store));
    describe('projects', () => projectsSuite(store));
    describe('renames', () => renamesSuite(store));
    describe('collections', () => collectionsSuite(store));
    describe('aliases and tags', () => aliasesSuite(store));
    describe('versions', () => versionsSuite(store));
    describe('manifests', () => manifestsSuite(store));
    describe('blobs and uploads', () => blobsSuite(store));
    describe('runs', () => runsSuite(store));
    describe('events', () => eventsSuite(store));
    describe('instance', () => instanceSuite(store));
    describe('transactions', () => transactionsSuite(() => opened));
  });
}
