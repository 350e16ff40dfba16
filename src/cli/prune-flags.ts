import { boolean } from '@oclif/core/flags';
import { ScError } from '../errors/error.ts';

/** Of the commands that remove what files do not name any more, or tell what would be removed. */
export const pruneVolumesFlag = boolean({
  default: false,
  description:
    'With --prune also the volumes that the files have made and do not name any more, with all that is in them.',
});

/** What is removed. Throws SC_USAGE where that is volumes alone. */
export function readPruneFlags({ prune, volumes }: { prune: boolean; volumes: boolean }): {
  prune: boolean;
  pruneVolumes: boolean;
} {
  if (volumes && !prune)
    throw new ScError('SC_USAGE', '--volumes: nothing is removed without --prune', {
      hint: '--prune --volumes',
    });
  return { prune, pruneVolumes: volumes };
}
