import { createHash } from 'node:crypto';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { asking, type Fault } from './fault.ts';
import type { Mutants } from './mutant.ts';

const BLOCK = 512;

/** What an image is unpacked to. */
export const layers: Mutants = {
  'upper-layers-ignored': {
    fault: 'of an image only the lowest layer is there',
    put: otherImages((layers) => layers.slice(0, 1)),
  },
  'layer-whiteouts-ignored': {
    fault: 'whiteouts of layers take nothing away',
    put: otherEntries((header) => !/^\.wh\.(?!\.wh\.)/.test(nameOf(header))),
  },
  'opaque-ignored': {
    fault: 'opaque marks of layers take nothing away',
    put: otherEntries((header) => nameOf(header) !== '.wh..wh..opq'),
  },
  'layer-metadata-lost': {
    fault: 'files of layers have the mode, owner and time of who unpacks them',
    put: otherEntries((header) => {
      // Records of pax.
      if (typeOf(header) === 'x') return false;
      header.write(
        typeOf(header) === '5'
          ? '0000755\u00000000000\u00000000000\0'
          : '0000644\u00000000000\u00000000000\0',
        100,
        'latin1',
      );
      header.write('10000000000\0', 136, 'latin1');
      return true;
    }),
  },
  'layer-hardlinks-lost': {
    fault: 'hardlinks of layers are empty files',
    put: otherEntries((header) => {
      if (typeOf(header) !== '1') return true;
      header.write('0', 156, 'latin1');
      header.fill(0, 157, 257);
      return true;
    }),
  },
};

/** A header of a tar that a fault may change; false leaves the entry out. */
type Change = (header: Buffer) => boolean;

interface Descriptor {
  digest: string;
  size: number;
}

/** Makes containers of images that have other layers than those of their layouts, which are not compressed. */
function otherImages(change: (layers: readonly Buffer[]) => readonly Buffer[]): Fault {
  return asking(['run'], (request) => {
    const { container } = request as { container: { image?: string } };
    const [, directory] = /^oci:(.*)$/.exec(container.image ?? '') ?? [];
    if (directory === undefined) return request;
    return { ...request, container: { ...container, image: `oci:${otherLayout(directory, change)}` } };
  });
}

/** A copy of a layout with one image, whose documents fit its other layers. */
function otherLayout(directory: string, change: (layers: readonly Buffer[]) => readonly Buffer[]): string {
  const other = `${directory}+`;
  cpSync(directory, other, { recursive: true });
  const placeOf = ({ digest }: Descriptor) => join(other, 'blobs/sha256', digest.slice('sha256:'.length));
  const put = (bytes: Buffer): Descriptor => {
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    writeFileSync(placeOf({ digest, size: 0 }), bytes);
    return { digest, size: bytes.length };
  };
  const documentAt = (place: string) => JSON.parse(readFileSync(place, 'utf8'));
  const index = documentAt(join(other, 'index.json')) as { manifests: [Descriptor] };
  const manifest = documentAt(placeOf(index.manifests[0])) as { config: Descriptor; layers: Descriptor[] };
  const config = documentAt(placeOf(manifest.config)) as { rootfs: object };
  const layers = change(manifest.layers.map((layer) => readFileSync(placeOf(layer)))).map(put);
  const changed = { ...config, rootfs: { ...config.rootfs, diff_ids: layers.map(({ digest }) => digest) } };
  const document = {
    ...manifest,
    config: { ...manifest.config, ...put(Buffer.from(JSON.stringify(changed))) },
    layers: layers.map((layer) => ({ mediaType: 'application/vnd.oci.image.layer.v1.tar', ...layer })),
  };
  const [first] = index.manifests;
  const manifests = [{ ...first, ...put(Buffer.from(JSON.stringify(document))) }];
  writeFileSync(join(other, 'index.json'), JSON.stringify({ ...index, manifests }));
  return other;
}

/** Of the layers above the lowest, whose shell the case needs. */
function otherEntries(change: Change): Fault {
  return otherImages(([lowest = Buffer.alloc(0), ...above]) => [
    lowest,
    ...above.map((layer) => withEntries(layer, change)),
  ]);
}

function withEntries(tar: Buffer, change: Change): Buffer {
  const kept: Buffer[] = [];
  for (let at = 0; at < tar.length; ) {
    const header = Buffer.from(tar.subarray(at, at + BLOCK));
    const size = Number.parseInt(header.toString('latin1', 124, 135), 8) || 0;
    const content = tar.subarray(at + BLOCK, at + BLOCK * (1 + Math.ceil(size / BLOCK)));
    if (header[0] === 0 || change(header)) kept.push(header[0] === 0 ? header : sealed(header), content);
    at += BLOCK + content.length;
  }
  return Buffer.concat(kept);
}

function sealed(header: Buffer): Buffer {
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}

function typeOf(header: Buffer): string {
  return header.toString('latin1', 156, 157);
}

/** Without its directories. */
function nameOf(header: Buffer): string {
  return header.toString('latin1', 0, 100).replace(/\0.*$/s, '').replace(/^.*\//s, '');
}
