import type { HostFacts } from '../../linux/host-facts.ts';
import type { Check } from '../../schema/answer.ts';
import { type Shortcoming, verdict } from './verdict.ts';

/** Where root filesystems come from and where they are written to. `fault` is what checkRoot says of the directory. */
export function storageChecks(facts: HostFacts, fault: string | undefined): Check[] {
  const { overlay, filesystem, rootFilesystem } = facts;
  return [
    verdict('overlay', overlay, overlay === 'missing' ? noOverlay : undefined),
    verdict('state directory', `${filesystem.path}: ${filesystem.type}`, storeGap(facts, fault)),
    verdict('space', spaceWords(facts), spaceGap(facts)),
    verdict('image: host', `on ${rootFilesystem}`, rootFilesystem === 'overlay' ? overlayRoot : undefined),
  ];
}

const MIB = 2 ** 20;

const noOverlay: Shortcoming = {
  status: 'fail',
  meaning: 'root filesystems are copy-on-write by overlayfs',
  remedy: 'modprobe overlay, or install the modules of the running kernel',
};

const overlayRoot: Shortcoming = {
  status: 'warn',
  meaning: 'overlay stands on overlay but once, and its owners cannot be mapped',
  remedy: 'run an image in a directory of an ordinary filesystem, a volume for instance',
};

const elsewhere = '--root DIR (or SC_ROOT) on an ordinary filesystem, a volume for instance';

function storeGap(facts: HostFacts, fault: string | undefined): Shortcoming | undefined {
  const { filesystem, overlay, overlayTrial, capabilities } = facts;
  if (fault !== undefined) return { status: 'fail', meaning: fault, remedy: elsewhere };
  if (filesystem.type === 'overlay') {
    return { status: 'fail', meaning: 'overlayfs cannot write to another overlayfs', remedy: elsewhere };
  }
  if (!filesystem.writable) {
    return { status: 'fail', meaning: 'nothing can be written there', remedy: elsewhere };
  }
  // Without it the trial says no more than that it is missing.
  const isTried = overlay !== 'missing' && capabilities.includes('CAP_SYS_ADMIN');
  if (isTried && overlayTrial !== undefined) {
    return {
      status: 'fail',
      meaning: `overlayfs cannot write to this filesystem: ${overlayTrial}`,
      remedy: elsewhere,
    };
  }
  if (filesystem.type !== 'tmpfs') return undefined;
  return {
    status: 'warn',
    meaning: 'what containers write takes memory, and is gone with the machine',
    remedy: elsewhere,
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
