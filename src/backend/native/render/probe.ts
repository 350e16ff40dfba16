import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_RECURSIVE,
  MOUNT_ATTR_IDMAP,
  OPEN_TREE_CLOEXEC,
  OPEN_TREE_CLONE,
} from '../../../linux/constants.ts';
import { evenMaps } from '../../../linux/id-maps.ts';
import { ProgramBuilder } from '../program/builder.ts';
import type { Program } from '../program/program.ts';
import { FAILED_SIZE, keeperDescriptors, MESSAGE_PROBED, probedSize } from '../protocol.ts';
import { holdUserNamespace } from './held-user-namespace.ts';
import { secure } from './secure.ts';

const MOUNT_ATTR_SIZE = 32;

/** Any: the kernel asks whether owners can be mapped at all, not to whom. */
const maps = evenMaps({ inside: 0, host: 524288, size: 65536 });

export interface Question {
  path: string;
  /** With all that is mounted below. */
  recursive: boolean;
}

/**
 * Asks the kernel of each path whether it can be shown with mapped owners.
 * The answer is one message, 0 or a negative errno for each.
 */
export function renderProbe(questions: readonly Question[]): Program {
  const p = new ProgramBuilder();
  const failed = p.label('the probe fails');
  const end = p.label('end of the probe');
  p.failTo(failed);
  secure(p, keeperDescriptors.control);
  const user = holdUserNamespace(p, maps, failed);
  const size = probedSize(questions.length);
  const answer = p.space('answer', size);
  p.store('begin the answer', answer, 0, MESSAGE_PROBED, 4);
  const attributes = p.struct('map owners', [MOUNT_ATTR_IDMAP, 8], [0, 8], [0, 8], [0, 8]);
  p.store('name the user namespace', attributes, 24, user, 8);
  for (const [index, { path, recursive }] of questions.entries()) {
    const below = recursive ? AT_RECURSIVE : 0;
    const words = `map the owners of ${path}`;
    const next = p.label(`${path} is asked`);
    const flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | below;
    const tree = p.attempt(words, 'open_tree', AT_FDCWD, p.string(path), flags);
    p.store('note the answer', answer, 4 + 4 * index, { result: tree }, 4);
    p.jump(next, 'less', { result: tree }, 0);
    const mapped = p.attempt(
      words,
      'mount_setattr',
      { result: tree },
      p.string(''),
      AT_EMPTY_PATH | below,
      attributes,
      MOUNT_ATTR_SIZE,
    );
    p.store('note the answer', answer, 4 + 4 * index, { result: mapped }, 4);
    p.attempt('close', 'close', { result: tree });
    p.place(next);
  }
  p.attempt('answer', 'write', keeperDescriptors.report, answer, size);
  p.jump(end);
  p.place(failed);
  p.attempt('report the failure', 'write', keeperDescriptors.report, p.failure, FAILED_SIZE);
  p.place(end);
  p.attempt('end', 'exit_group', 0);
  return p.finish();
}
