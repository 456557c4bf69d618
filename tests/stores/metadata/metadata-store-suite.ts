import { afterEach, beforeEach, describe } from 'vitest';
import type { MetadataStore } from '../../../packages/server/src/ports/metadata-store.ts';
import type { DurableStore, OpenedStore } from './opened-store.ts';
import { accountsSuite } from './suites/accounts-suite.ts';
import { aliasesSuite } from './suites/aliases-suite.ts';
import { automationsSuite } from './suites/automations-suite.ts';
import { blobsSuite } from './suites/blobs-suite.ts';
import { collectionsSuite } from './suites/collections-suite.ts';
import { eventsSuite } from './suites/events-suite.ts';
import { foreseeingSuite } from './suites/foreseeing-suite.ts';
import { instanceSuite } from './suites/instance-suite.ts';
import { invitationsSuite } from './suites/invitations-suite.ts';
import { manifestsSuite } from './suites/manifests-suite.ts';
import { projectsSuite } from './suites/projects-suite.ts';
import { renamesSuite } from './suites/renames-suite.ts';
import { runsSuite } from './suites/runs-suite.ts';
import { farSearchSuite, searchSuite } from './suites/search-suite.ts';
import { durabilitySuite, transactionsSuite } from './suites/transactions-suite.ts';
import { versionsSuite } from './suites/versions-suite.ts';

/** What every metadata store must do, whatever it is built on. */
export function metadataStoreSuite(name: string, open: () => Promise<OpenedStore>): void {
  suiteOver(name, open);
}

/** The same for stores whose data outlive the process, with what only those must do. */
export function durableMetadataStoreSuite(name: string, open: () => Promise<DurableStore>): void {
  suiteOver(name, open, opened => {
    describe('durability', () => durabilitySuite(opened));
    describe('search of much', () => farSearchSuite(opened));
  });
}

function suiteOver<Opened extends OpenedStore>(
  name: string,
  open: () => Promise<Opened>,
  more: (opened: () => Opened) => void = () => {},
): void {
  describe(name, () => {
    let opened: Opened;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(async () => {
      await opened.close();
    });
    const store = (): MetadataStore => opened.store;
    describe('accounts', () => accountsSuite(store));
    describe('invitations', () => invitationsSuite(store));
    describe('projects', () => projectsSuite(store));
    describe('renames', () => renamesSuite(store));
    describe('collections', () => collectionsSuite(store));
    describe('aliases and tags', () => aliasesSuite(store));
    describe('versions', () => versionsSuite(store));
    describe('manifests', () => manifestsSuite(store));
    describe('blobs and uploads', () => blobsSuite(store));
    describe('runs', () => runsSuite(store));
    describe('search', () => searchSuite(store));
    describe('events', () => eventsSuite(store));
    describe('automations', () => automationsSuite(store));
    describe('instance', () => instanceSuite(store));
    describe('transactions', () => transactionsSuite(() => opened));
    describe('transactions that foresee', () => foreseeingSuite(() => opened));
    more(() => opened);
  });
}
