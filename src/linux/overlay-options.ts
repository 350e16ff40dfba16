/**
 * A layer's own redirects must not lead elsewhere, whatever the kernel's defaults are
 * (Documentation/filesystems/overlayfs.rst, "Redirects").
 */
export const OVERLAY_OPTIONS = [
  ['redirect_dir', 'nofollow'],
  ['metacopy', 'off'],
  ['index', 'off'],
] as const;

/** Of an option that fsconfig(2) takes, with the NUL at its end. */
export const LONGEST_OPTION = 256;

/** Layers, topmost first. One by one where they are too many for one option (Linux 6.5): this process cannot attach a mount anywhere. */
export function lowerOptions(paths: readonly string[]): (readonly [string, string])[] {
  const all = paths.join(':');
  return all.length < LONGEST_OPTION
    ? [['lowerdir', all]]
    : paths.map((path) => ['lowerdir+', path] as const);
}
