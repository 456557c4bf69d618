import { isIP } from 'node:net';

const loopback = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Which `Host` headers are answered. A page on another site that makes a name point here (DNS rebinding) sends that
 * name, so names must be known; addresses cannot be rebound and pass where the server listens on all of them.
 */
export class AllowedHosts {
  readonly #names: ReadonlySet<string>;
  readonly #anyAddress: boolean;

  constructor(options: { listenHost: string; publicUrl: string | undefined; names: readonly string[] }) {
    const listen = isIP(options.listenHost) === 6 ? `[${options.listenHost}]` : options.listenHost.toLowerCase();
    const own =
      options.publicUrl === undefined ? [] : [new URL(options.publicUrl).host, new URL(options.publicUrl).hostname];
    this.#names = new Set([...loopback, listen, ...own, ...options.names].map(name => name.toLowerCase()));
    this.#anyAddress = options.listenHost === '0.0.0.0' || options.listenHost === '::';
  }

  has(header: string | undefined): boolean {
    const match = /^(\[[0-9a-f:.]+\]|[^:/?#@\s[\]]+)(?::(\d{1,5}))?$/i.exec(header ?? '');
    const name = match?.[1]?.toLowerCase();
    if (!header || name === undefined) return false;
    if (this.#names.has(name) || this.#names.has(header.toLowerCase())) return true;
    return this.#anyAddress && isIP(name.replace(/^\[|\]$/g, '')) !== 0;
  }
}
