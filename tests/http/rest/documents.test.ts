import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { listEndpoints } from '@weighhouse/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { World } from './world.ts';

describe('what documents the API', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start();
  });
  afterAll(async () => {
    expect(world.registry.errors).toEqual([]);
    await world.registry.stop();
  });

  const read = async (path: string) => {
    const response = await fetch(`${world.registry.address}${path}`);
    expect(response.status).toBe(200);
    return { text: await response.text(), headers: response.headers };
  };

  test('the OpenAPI document: references lead somewhere, operations and parameters are whole', async () => {
    const { text } = await read('/api/v1/openapi.json');
    const document = JSON.parse(text) as {
      paths: Record<string, Record<string, { operationId: string; parameters: { name: string; in: string }[] }>>;
      components: { schemas: Record<string, unknown> };
    };
    const schemas = new Set(Object.keys(document.components.schemas));
    for (const [, name] of text.matchAll(/"\$ref": ?"#\/components\/schemas\/([^"]+)"/g))
      expect(schemas).toContain(name);
    expect(text).not.toContain('$defs');
    const ids: string[] = [];
    for (const [path, operations] of Object.entries(document.paths)) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      for (const { operationId, parameters } of Object.values(operations)) {
        ids.push(operationId);
        expect(parameters.filter(one => one.in === 'path').map(({ name }) => name)).toEqual(inPath);
      }
    }
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.sort()).toEqual(
      listEndpoints()
        .map(({ endpoint }) => endpoint.id)
        .sort(),
    );
  });

  test('examples are what the schemas allow, and every JSON body has one', () => {
    for (const { endpoint } of listEndpoints()) {
      if (!endpoint.body) continue;
      expect(endpoint.bodyExample, endpoint.id).toBeDefined();
      expect(endpoint.body.safeParse(endpoint.bodyExample).error, endpoint.id).toBeUndefined();
    }
  });

  test('the page has every endpoint, no script and nothing from elsewhere', async () => {
    const { text, headers } = await read('/api/docs');
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'; style-src 'self'");
    for (const { endpoint } of listEndpoints()) expect(text).toContain(`<details id="${endpoint.id}"`);
    expect(text).not.toMatch(/<script|<style|style=|onclick|<img|src=|href="(?:https?:)?\/\//);
    for (const [, target] of text.matchAll(/href="#([^"]+)"/g)) expect(text).toContain(`id="${target}"`);
    const style = await read('/api/docs/style.css');
    expect(style.headers.get('content-type')).toBe('text/css; charset=utf-8');
    expect(style.text).not.toMatch(/url\(|@import/);
  });

  test('the commands of the guide work when pasted in order', async () => {
    const guide = readFileSync(join(import.meta.dirname, '../../../docs/guides/rest-api.md'), 'utf8');
    const commands = [...guide.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block]) => block).join('\n');
    const folder = mkdtempSync(join(tmpdir(), 'weighhouse-guide-'));
    const env = {
      PATH: process.env.PATH,
      WANDB_BASE_URL: world.registry.address,
      WANDB_API_KEY: world.registry.adminKey,
      no_proxy: '*',
    };
    try {
      const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', commands], { cwd: folder, env });
      expect(stdout).toContain('"address":"weighhouse/wandb-registry-model/churn-classifier:v0"');
      expect(stdout).toContain('"secret":"wh_');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
