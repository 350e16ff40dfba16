import {
  ENOENT,
  O_CLOEXEC,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOFOLLOW,
  O_PATH,
  O_WRONLY,
} from '../../../linux/constants.ts';
import type { ProgramBuilder } from '../program/builder.ts';
import type { Entry } from '../program/program.ts';
import { argumentOf, close, type Descriptor, openInRoot } from './mount-api.ts';

/**
 * Opens a file or directory of the container, making it and the directories above it where they are
 * missing. Each component is made below a descriptor that was resolved inside the root.
 */
export function openOrMake(
  p: ProgramBuilder,
  words: string,
  root: Descriptor,
  path: string,
  kind: 'directory' | 'file',
): Entry {
  const flags = kind === 'directory' ? O_PATH | O_DIRECTORY : O_PATH;
  const found = p.label(`${path} is there`);
  const existing = openInRoot(p, `${words}: look for ${path}`, root, path, { flags, mayFail: true });
  close(p, existing);
  p.jump(found, 'not-equal', { result: existing }, -ENOENT);
  make(p, words, root, path, kind);
  p.place(found);
  const hints = {
    ENOTDIR: `choose a path that is, with all of its parts, a directory in the image`,
    ELOOP: `choose a path that does not lead through a link of /proc`,
  };
  return openInRoot(p, `${words}: open ${path}`, root, path, { flags, hints });
}

function make(
  p: ProgramBuilder,
  words: string,
  root: Descriptor,
  path: string,
  kind: 'directory' | 'file',
): void {
  const names = path.split('/').filter((name) => name !== '');
  let parent: Descriptor = root;
  names.forEach((name, index) => {
    const prefix = names.slice(0, index + 1).join('/');
    const isFile = kind === 'file' && index === names.length - 1;
    if (isFile) {
      const flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
      close(
        p,
        p.attempt(
          `${words}: make file ${prefix}`,
          'openat',
          argumentOf(parent),
          p.string(name),
          flags,
          0o644,
        ),
      );
    } else {
      p.attempt(`${words}: make directory ${prefix}`, 'mkdirat', argumentOf(parent), p.string(name), 0o755);
      const hints = {
        ENOENT: `"/${prefix}" is a link that leads to nothing: choose another path, or make what it leads to`,
      };
      const flags = O_PATH | O_DIRECTORY;
      const next = openInRoot(p, `${words}: open ${prefix}`, root, prefix, { flags, hints });
      if (parent !== root) close(p, parent);
      parent = next;
    }
  });
  if (parent !== root) close(p, parent);
}
