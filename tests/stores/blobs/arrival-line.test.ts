import { describe, expect, it } from 'vitest';
import { ArrivalLine, type Follower } from '../../../packages/server/src/stores/blobs/intake/arrival-line.ts';

const mebibyte = 1 << 20;
const fullChunk = 64 * 1024;

describe('ArrivalLine', () => {
  const keepsUp = (): Follower => ({ behind: 0, reading: undefined });

  it('lets the lowest number go first while its bytes press', async () => {
    const line = new ArrivalLine(keepsUp());
    const second = line.enter(2);
    expect(second.held).toBe(false);
    const first = line.enter(1);
    expect([first.held, second.held]).toEqual([false, true]);
    let went = false;
    const waiting = second.wait().then(() => {
      went = true;
    });
    first.arrived(fullChunk);
    expect(went).toBe(false);
    first.leave();
    await waiting;
    expect(second.held).toBe(false);
  });

  it('holds nobody back behind one that trickles or stalls', async () => {
    const line = new ArrivalLine(keepsUp());
    const trickling = line.enter(1);
    const other = line.enter(2);
    expect(other.held).toBe(true);
    for (let i = 0; i < 16; i++) trickling.arrived(1400);
    expect(other.held).toBe(false);
    for (let i = 0; i < 32; i++) trickling.arrived(fullChunk);
    expect(other.held).toBe(true);
    // Nothing more comes: the wait ends by itself.
    await other.wait();
    expect(other.held).toBe(false);
  });

  it('lets those who press wait for a hash that is behind, but not for one that is hopelessly so', () => {
    const follower = { behind: 20 * mebibyte, reading: Promise.resolve() as Promise<void> | undefined };
    const line = new ArrivalLine(follower);
    const first = line.enter(1);
    expect(first.held).toBe(true);
    for (let i = 0; i < 16; i++) first.arrived(1400);
    expect(first.held).toBe(false);
    for (let i = 0; i < 32; i++) first.arrived(fullChunk);
    follower.behind = mebibyte;
    // Until it has caught up: only then can it be fed from memory again.
    expect(first.held).toBe(true);
    follower.behind = 4096 * mebibyte;
    expect(first.held).toBe(false);
    Object.assign(follower, { behind: 0, reading: undefined });
    expect(first.held).toBe(false);
  });

  it('releases one that leaves while it waits', async () => {
    const line = new ArrivalLine(keepsUp());
    const first = line.enter(1);
    const second = line.enter(2);
    const waiting = second.wait();
    first.arrived(fullChunk);
    second.leave();
    await waiting;
  });
});
