import { ScError } from '../../errors/error.ts';
import type { Platform } from '../../schema/image/descriptor.ts';

/** Node's names of processors where Go has others. */
const ARCHITECTURES: Readonly<Record<string, string>> = {
  x64: 'amd64',
  ia32: '386',
  ppc64: 'ppc64le',
  mipsel: 'mipsle',
  loong64: 'loong64',
};

/** Variants that every processor of the name is. */
const USUAL: Readonly<Record<string, string>> = { arm64: 'v8', amd64: 'v1' };

export function hostPlatform(): Platform {
  return { os: 'linux', architecture: ARCHITECTURES[process.arch] ?? process.arch };
}

/** Reads `linux/arm64` or `linux/arm/v7`. Throws SC_USAGE. */
export function parsePlatform(text: string): Platform {
  const [, os, architecture, variant] = /^([a-z0-9]+)\/([a-z0-9_]+)(?:\/([a-z0-9.]+))?$/.exec(text) ?? [];
  if (os === undefined || architecture === undefined) {
    throw new ScError('SC_USAGE', `platform "${text}": it is none`, {
      hint: 'os/architecture or os/architecture/variant, such as linux/arm64 or linux/arm/v7',
    });
  }
  return { os, architecture, ...(variant !== undefined && { variant }) };
}

/** Whether an image for a platform is one for the wanted platform; a variant that is not named is any. */
export function fits(
  image: Pick<Platform, 'os' | 'architecture'> & { variant?: unknown },
  wanted: Platform,
): boolean {
  if (image.os !== wanted.os || image.architecture !== wanted.architecture) return false;
  const usual = USUAL[wanted.architecture];
  return wanted.variant === undefined || wanted.variant === (image.variant || usual);
}

/** Whether an image is for every processor of its name, and not only for newer ones of these. */
export function isUsual({ architecture, variant }: { architecture: string; variant?: unknown }): boolean {
  return !variant || variant === USUAL[architecture];
}

export function platformWords({
  os,
  architecture,
  variant,
}: {
  os: string;
  architecture: string;
  variant?: unknown;
}): string {
  return [os, architecture, ...(typeof variant === 'string' && variant !== '' ? [variant] : [])].join('/');
}
