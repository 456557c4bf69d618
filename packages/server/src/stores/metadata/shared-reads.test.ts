import { expect, test } from 'vitest';
import { SharedReads } from './shared-reads.ts';

/** Statements that answer when they are told to. */
function statements() {
  const sent: PromiseWithResolvers<string>[] = [];
  const read = () => {
    const answer = Promise.withResolvers<string>();
    sent.push(answer);
    return answer.promise;
  };
  return { sent, read };
}

test('whoever asks while the same statement is under way shares the next one', async () => {
  const { sent, read } = statements();
  const shared = new SharedReads();
  const first = shared.run('same', read);
  const later = [shared.run('same', read), shared.run('same', read)];
  expect(sent).toHaveLength(1);
  sent[0]?.resolve('old');
  await expect(first).resolves.toBe('old');
  expect(sent).toHaveLength(2);
  const latest = shared.run('same', read);
  sent[1]?.resolve('new');
  await expect(Promise.all(later)).resolves.toEqual(['new', 'new']);
  expect(sent).toHaveLength(3);
  sent[2]?.resolve('newest');
  await expect(latest).resolves.toBe('newest');
});

test('another question waits for nobody', async () => {
  const { sent, read } = statements();
  const shared = new SharedReads();
  const answers = Promise.all([shared.run('one', read), shared.run('other', read)]);
  expect(sent).toHaveLength(2);
  for (const [i, answer] of sent.entries()) answer.resolve(`${i}`);
  await expect(answers).resolves.toEqual(['0', '1']);
});

test('the same question later is a statement of its own', async () => {
  const { sent, read } = statements();
  const shared = new SharedReads();
  for (const answer of ['one', 'two']) {
    const asked = shared.run('same', read);
    sent.at(-1)?.resolve(answer);
    await expect(asked).resolves.toBe(answer);
  }
  expect(sent).toHaveLength(2);
});

test('a failure reaches those who shared the statement, and nobody after them', async () => {
  const { sent, read } = statements();
  const shared = new SharedReads();
  const first = shared.run('same', read);
  const next = shared.run('same', read);
  sent[0]?.reject(new Error('lost'));
  await expect(first).rejects.toThrow('lost');
  sent[1]?.resolve('there again');
  await expect(next).resolves.toBe('there again');
});
