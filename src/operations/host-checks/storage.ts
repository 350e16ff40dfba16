import type { HostFacts } from '../../linux/host-facts.ts';
import type { Check } from '../../schema/answer.ts';
import { type Shortcoming, verdict } from './verdict.ts';

/** What is known of places by trying; undefined where nothing is wrong. */
export interface Places {
  /** What is wrong with the state directory itself. */
  fault?: string | undefined;
  /** Why the owners of its files cannot be mapped. */
  owners?: string | undefined;
  /** The same of `/`, which `image: host` shows. */
  hostOwners?: string | undefined;
  /** Which storage driver is to be used, by default `overlay`. */
  storageDriver?: string;
  /** Why it cannot be used in the state directory, whatever the host has. */
  otherDriver?: string | undefined;
}

/** Where root filesystems come from and where they are written to. */
export function storageChecks(facts: HostFacts, places: Places): Check[] {
  const { filesystem, rootFilesystem } = facts;
  const { fault, owners, storageDriver = 'overlay', otherDriver } = places;
  return [
    overlayCheck(facts, storageDriver),
    verdict(
      'state directory',
      `${filesystem.path}: ${filesystem.type}`,
      storeGap(facts, fault, storageDriver),
    ),
    verdict('storage drivers', driverWords(facts), driverGap(otherDriver)),
    verdict('mapped owners', owners ?? 'ready', owners === undefined ? undefined : noOwners),
    verdict('space', spaceWords(facts), spaceGap(facts)),
    verdict('image: host', `on ${rootFilesystem}`, hostGap(facts, places)),
  ];
}

function overlayCheck({ overlay }: HostFacts, driver: string): Check {
  if (overlay !== 'missing') return verdict('overlay', overlay);
  if (driver === 'overlay') return verdict('overlay', overlay, noOverlay);
  return verdict('overlay', `${overlay}, and not needed by ${driver}`);
}

function driverGap(otherDriver: string | undefined): Shortcoming | undefined {
  if (otherDriver === undefined) return undefined;
  return {
    status: 'fail',
    meaning: otherDriver,
    remedy: 'the storage driver of this store, or another store with --root DIR (or SC_ROOT)',
  };
}

/** Those that work in the state directory, and why the others do not. */
function driverWords({ overlay, overlayTrial, filesystem: { type }, sharesContent }: HostFacts): string {
  const fault = overlay === 'missing' ? 'the kernel has no overlayfs' : overlayTrial;
  return [
    fault === undefined ? 'overlay' : `not overlay (${fault})`,
    type === 'btrfs' ? 'btrfs' : `not btrfs (it is on ${type})`,
    sharesContent ? 'vfs, whose copies share what files hold' : 'vfs, whose copies take all of their space',
  ].join('; ');
}

const MIB = 2 ** 20;

const noOverlay: Shortcoming = {
  status: 'fail',
  meaning: 'root filesystems are copy-on-write by overlayfs',
  remedy: 'modprobe overlay, or install the modules of the running kernel',
};

const elsewhere = '--root DIR (or SC_ROOT) on an ordinary filesystem, a volume for instance';

const elsewhereOrCopied = `${elsewhere}; or --storage-driver vfs (or SC_STORAGE_DRIVER), which copies`;

const noOwners: Shortcoming = {
  status: 'warn',
  meaning: 'images there run without a user namespace: root inside of a container is root outside of it too',
  remedy: elsewhere,
};

function hostGap(
  { rootFilesystem }: HostFacts,
  { hostOwners: owners, storageDriver = 'overlay' }: Places,
): Shortcoming | undefined {
  if (storageDriver !== 'overlay') {
    return {
      status: 'warn',
      meaning: `storage driver ${storageDriver} cannot show the machine itself`,
      remedy: 'run an image or a directory; or another store, with --root DIR --storage-driver overlay',
    };
  }
  if (rootFilesystem === 'overlay') {
    return {
      status: 'warn',
      meaning: 'overlay stands on overlay but once, and its owners cannot be mapped',
      remedy: 'run an image in a directory of an ordinary filesystem, a volume for instance',
    };
  }
  if (owners === undefined) return undefined;
  return {
    status: 'warn',
    meaning: `it runs without a user namespace: ${owners}`,
    remedy: 'run an image in a directory of a filesystem whose owners can be mapped, such as ext4',
  };
}

function storeGap(facts: HostFacts, fault: string | undefined, driver: string): Shortcoming | undefined {
  const { filesystem } = facts;
  if (fault !== undefined) return { status: 'fail', meaning: fault, remedy: elsewhere };
  const gap = driverStoreGap(facts, driver);
  if (gap !== undefined) return gap;
  if (!filesystem.writable) {
    return { status: 'fail', meaning: 'nothing can be written there', remedy: elsewhere };
  }
  if (!['tmpfs', 'ramfs'].includes(filesystem.type)) return undefined;
  return {
    status: 'warn',
    meaning: 'what containers write takes memory, and is gone with the machine',
    remedy: elsewhere,
  };
}

/** What a driver asks of the filesystem. */
function driverStoreGap(facts: HostFacts, driver: string): Shortcoming | undefined {
  const { filesystem, overlay, overlayTrial, capabilities } = facts;
  if (driver === 'btrfs' && filesystem.type !== 'btrfs')
    return {
      status: 'fail',
      meaning: `storage driver btrfs makes subvolumes, which ${filesystem.type} does not have`,
      remedy: '--root DIR (or SC_ROOT) on btrfs; or another --storage-driver (or SC_STORAGE_DRIVER)',
    };
  if (driver !== 'overlay') return undefined;
  if (filesystem.type === 'overlay')
    return {
      status: 'fail',
      meaning: 'overlayfs cannot write to another overlayfs',
      remedy: elsewhereOrCopied,
    };
  // Without it the trial says no more than that it is missing; where nothing can be written, no more than that.
  const isTried = overlay !== 'missing' && capabilities.includes('CAP_SYS_ADMIN') && filesystem.writable;
  if (!isTried || overlayTrial === undefined) return undefined;
  return {
    status: 'fail',
    meaning: `overlayfs cannot write to this filesystem: ${overlayTrial}`,
    remedy: elsewhereOrCopied,
  };
}

function spaceWords({ filesystem: { free, freeFiles } }: HostFacts): string {
  const size = free < 1024 * MIB ? `${Math.floor(free / MIB)} MiB` : `${(free / MIB / 1024).toFixed(1)} GiB`;
  return freeFiles === undefined ? `${size} free` : `${size} and ${freeFiles} files free`;
}

function spaceGap({ filesystem: { free, freeFiles = Number.POSITIVE_INFINITY } }: HostFacts) {
  if (free >= 1024 * MIB && freeFiles >= 10_000) return undefined;
  const isFull = free < 16 * MIB || freeFiles < 100;
  return {
    status: isFull ? 'fail' : 'warn',
    meaning: isFull ? 'containers cannot write, nor their records' : 'containers soon cannot write',
    remedy: 'sc delete what has ended, or make room on this filesystem',
  } satisfies Shortcoming;
}
