import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ContentStore } from '../../src/image/content/store.ts';
import type { Settings } from '../../src/operations/settings.ts';
import { overlayDriver } from '../../src/storage/overlay/driver.ts';
import type { Workshop } from '../start/workshop.ts';
import { shell } from './repeated.ts';

const launcher = join(import.meta.dirname, '../../bin/sc');
const debian = join(import.meta.dirname, '../../rootfs/debian');

/** A store of sc with an image of Debian, and what other tools take of the same. */
export class Shelf {
  readonly directory: string;
  readonly settings: Settings;
  readonly debian = debian;
  /** The only layer of the image, without compression and with gzip. */
  readonly tar: string;
  readonly gzip: string;
  /** The image as docker saves it. */
  readonly archive: string;

  /** Throws where the root filesystem of Debian has not been made. */
  constructor({ directory }: Workshop) {
    if (!existsSync(join(debian, 'etc/debian_version')))
      throw new Error(`"${debian}" is not there: scripts/debian-rootfs.sh rootfs/debian`);
    this.directory = join(directory, 'images');
    mkdirSync(this.directory);
    const root = join(this.directory, 'sc');
    this.settings = { root, backend: 'native', storageDriver: 'overlay' };
    this.tar = join(this.directory, 'layer.tar');
    this.gzip = `${this.tar}.gz`;
    this.archive = join(this.directory, 'image.tar');
    shell(`tar --xattrs -C '${debian}' -cf '${this.tar}' . && gzip -k '${this.tar}'`);
    this.sc(`image import '${this.gzip}' debian:bench`);
    this.sc(`image save --format docker -o '${this.archive}' debian:bench`);
  }

  sc(line: string): void {
    shell(`'${launcher}' ${line}`, { SC_ROOT: this.settings.root });
  }

  get launcher(): string {
    return launcher;
  }

  get storage() {
    return overlayDriver(join(this.settings.root, 'storage', 'overlay'));
  }

  get images(): ContentStore {
    return new ContentStore(join(this.settings.root, 'images'));
  }

  end(): void {
    this.sc('delete --all --force');
  }
}
