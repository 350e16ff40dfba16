import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { decompress } from '../../src/image/compression/decompress.ts';
import { unpackLayer } from '../../src/image/layer/unpack.ts';
import type { Party } from '../party.ts';
import { dockerOn } from './docker.ts';
import { podmanOn } from './podman.ts';
import { repeated, shell } from './repeated.ts';
import type { Shelf } from './shelf.ts';

const KEY = 'bench';

/** A layer of Debian on its way from gzip to a tree. */
export async function unpackParties(shelf: Shelf): Promise<Party[]> {
  const target = join(shelf.directory, 'unpacked');
  const { storage } = shelf;
  return [
    repeated({
      name: 'GNU tar -xzf',
      note: 'the slowest of the three that are the limit, as a rule; checks nothing and waits for no disk',
      once: () => shell(`tar --xattrs -C '${target}' -xzf '${shelf.gzip}'`),
      between: () => shell(`rm -rf '${target}' && mkdir '${target}'`),
      end: () => shell(`rm -rf '${target}'`),
    }),
    repeated({ name: 'gzip -dc', once: () => shell(`gzip -dc '${shelf.gzip}' > /dev/null`) }),
    repeated({ name: 'sha256sum', note: 'of the tar', once: () => shell(`sha256sum '${shelf.tar}'`) }),
    repeated({
      name: 'sc, a layer',
      note: 'its diffID is verified, and all of it is on the disk at the end',
      once: () =>
        storage.addLayer(KEY, undefined, async (place) => {
          await unpackLayer(decompress(createReadStream(shelf.gzip, { highWaterMark: 1 << 18 })), place);
        }),
      between: () => storage.removeLayer(KEY),
    }),
    ...podmanLoad(shelf),
    ...(await dockerLoad(shelf)),
  ];
}

function podmanLoad(shelf: Shelf): Party[] {
  const podman = podmanOn(shelf);
  if (podman === undefined) return [];
  const words = podman.words.join(' ');
  return [
    repeated({
      name: 'podman load',
      note: 'of an archive whose layer is not compressed',
      once: () => shell(`${words} load -i '${shelf.archive}'`, podman.environment),
      between: () => shell(`${words} rmi --all --force`, podman.environment),
    }),
  ];
}

async function dockerLoad(shelf: Shelf): Promise<Party[]> {
  const docker = await dockerOn(shelf);
  if (docker === undefined) return [];
  return [
    repeated({
      name: 'docker load',
      note: 'of the same archive; its daemon runs already',
      once: () => shell(`docker load -i '${shelf.archive}'`, docker.environment),
      between: () => shell('docker image prune --all --force', docker.environment),
      end: docker.end,
    }),
  ];
}
