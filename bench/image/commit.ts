import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { processCaller } from '../../src/library/process-caller.ts';
import { commit } from '../../src/operations/commit.ts';
import type { Party } from '../party.ts';
import { repeated, shell } from './repeated.ts';
import type { Shelf } from './shelf.ts';

/** A container in which all of Debian's /usr was written, and an image of it. */
export async function commitParties(shelf: Shelf): Promise<Party[]> {
  shelf.sc('run --name changed debian:bench true');
  const { openStore } = await import('../../src/state/store.ts');
  const { id } = await (await openStore(shelf.settings.root)).find('changed');
  const upper = join(shelf.settings.root, 'storage', 'overlay', id, 'upper');
  mkdirSync(join(upper, 'srv/usr'), { recursive: true });
  cpSync(join(shelf.debian, 'usr'), join(upper, 'srv/usr'), { recursive: true, verbatimSymlinks: true });
  const { images } = shelf;
  const ours = (compression: 'gzip' | 'zstd') =>
    repeated({
      name: `sc commit, ${compression}`,
      note: 'the image is on the disk; who runs it first unpacks its layer',
      once: () =>
        commit(
          { container: 'changed', name: 'bench:1', created: '0', compression },
          shelf.settings,
          processCaller(),
        ),
      async between() {
        await images.untag('bench:1');
        await images.collect({ used: () => [], forget: ({ name }) => name === undefined });
      },
    });
  return [
    repeated({
      name: 'tar -c | gzip, sha256sum',
      note: 'of the upper directory, into a file: the limit',
      once: () => {
        const [tar, gzip] = [`tar --xattrs -C '${upper}' -c .`, join(shelf.directory, 'changed.tar.gz')];
        shell(`${tar} | tee >(sha256sum > /dev/null) | gzip > '${gzip}'; sha256sum '${gzip}'`);
      },
    }),
    ours('gzip'),
    ours('zstd'),
  ];
}
