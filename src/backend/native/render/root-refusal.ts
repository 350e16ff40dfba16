import { EBUSY, STATX_INO, STATX_MNT_ID } from '../../../linux/constants.ts';
import type { ProgramBuilder } from '../program/builder.ts';
import type { Entry } from '../program/program.ts';
import { argumentOf, type Descriptor } from './mount-api.ts';
import { lookAt, STATX_SIZE } from './statx.ts';

const MASK = STATX_INO | STATX_MNT_ID;

/** Where stx_ino and stx_mnt_id stand in struct statx (statx(2)). */
const INODE_AT = 32;
const MOUNT_AT = 144;

/**
 * Answers what fails where a place is the root itself, to which a link of the image may lead. What is mounted
 * over the root is below it for who has it as a root already: it would cover nothing, and nobody would know.
 */
export function rootRefusal(p: ProgramBuilder, root: Descriptor): (words: string, place: Entry) => void {
  const known = p.space('root', STATX_SIZE);
  const seen = p.space('place', STATX_SIZE);
  lookAt(p, 'what is the root', argumentOf(root), MASK, known);
  return (words, place) => {
    const fine = p.label(`${words}: it is not the root`);
    lookAt(p, `${words}: is it the root`, { result: place }, MASK, seen);
    for (const at of [INODE_AT, MOUNT_AT])
      p.jump(fine, 'not-equal', { load: 64, from: seen, at }, { load: 64, from: known, at });
    p.fail(words, -EBUSY, { EBUSY: 'choose a path that is no link of the image to its root' });
    p.place(fine);
  };
}
