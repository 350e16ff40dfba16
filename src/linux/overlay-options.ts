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
