import { execFileSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MonitorClient } from '../../src/protocol/client.ts';
import type { Workshop } from '../start/workshop.ts';

export const launcher = join(import.meta.dirname, '../../bin/sc');

/** Files of so many containers, which do nothing, and a store of sc for them. */
export class Fleet {
  readonly environment: NodeJS.ProcessEnv;
  readonly #directory: string;
  readonly #rootfs: string;

  constructor({ directory, rootfs }: Workshop) {
    chmodSync(directory, 0o711);
    this.#directory = directory;
    this.#rootfs = rootfs;
    this.environment = { ...process.env, SC_ROOT: join(directory, 'fleet') };
  }

  /** Path of a file of `size` containers, each a document. */
  fileOf(size: number): string {
    const file = join(this.#directory, `fleet-${size}.yaml`);
    const documents = Array.from({ length: size }, (_, index) => this.#document(`idle-${index + 1}`));
    writeFileSync(file, documents.join('---\n'));
    return file;
  }

  #document(name: string): string {
    const lines = [
      'apiVersion: standard-container/v1',
      'kind: Container',
      `metadata: { name: ${name} }`,
      `image: ${JSON.stringify(this.#rootfs)}`,
      "process: { args: [/pause], user: '0:0' }",
    ];
    return `${lines.join('\n')}\n`;
  }

  sc(...words: string[]): void {
    execFileSync(launcher, words, { env: this.environment, stdio: ['ignore', 'ignore', 'inherit'] });
  }

  /** Starts what a file says, without a word. */
  apply(file: string): void {
    this.sc('apply', '--quiet', file);
  }

  delete(): void {
    this.sc('delete', '--all', '--force');
  }

  async end(): Promise<void> {
    this.delete();
    // It would stay for a while, and writes below the directory that is removed next.
    const monitor = await MonitorClient.connect(this.environment.SC_ROOT ?? '');
    await monitor?.call('leave', {}, () => true);
    monitor?.close();
  }
}
