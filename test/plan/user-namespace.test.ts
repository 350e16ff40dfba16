import { describe, expect, test } from 'vitest';
import { evenMaps } from '../../src/linux/id-maps.ts';
import { Fields } from '../../src/plan/fields.ts';
import { compileUserNamespace } from '../../src/plan/user-namespace.ts';
import type { Job } from '../../src/schema/container-file.ts';

const maps = evenMaps({ inside: 0, host: 524288, size: 65536 });
const obstacle = 'owners cannot be mapped on "/mnt": EINVAL';

function compile(
  changes: Pick<Job, 'security' | 'process'>,
  { capabilities = ['CAP_CHOWN'], obstacle }: { capabilities?: string[]; obstacle?: string } = {},
) {
  const fields = new Fields('file');
  const job: Job = {
    apiVersion: 'standard-container/v1',
    kind: 'Job',
    metadata: { name: 'a1' },
    image: 'host',
    ...changes,
  };
  const own = compileUserNamespace(
    job,
    capabilities,
    { maps, setsIpc: true, ...(obstacle && { obstacle: { reason: obstacle, isOfFile: true } }) },
    fields,
  );
  return { own, remark: fields.list[0]?.remark, refused: fields.refused.map(({ reason }) => reason) };
}

describe('a user namespace', () => {
  test.each([[undefined], ['auto'], ['private']] as const)('is its own with %s', (userNamespace) => {
    const security = userNamespace === undefined ? {} : { userNamespace };
    expect(compile({ security })).toEqual({ own: maps, remark: undefined, refused: [] });
  });

  test('is the one that the file maps', () => {
    const own = evenMaps({ inside: 0, host: 100000, size: 1000 });
    expect(compile({ security: { userNamespace: own } }).own).toEqual(own);
  });

  test('is that of the host where the file says so', () => {
    expect(compile({ security: { userNamespace: 'host' } }, { obstacle })).toEqual({
      own: undefined,
      remark: undefined,
      refused: [],
    });
  });

  test.each([
    [{ obstacle }, {}, obstacle],
    [
      { capabilities: ['CAP_CHOWN', 'CAP_SYS_TIME'] },
      {},
      "CAP_SYS_TIME counts in the host's user namespace only",
    ],
    [{}, { user: '65536:0' }, 'user 65536 is beyond the 65536 of its maps'],
  ])('%j %j is told for auto, and refused for private', (context, process, reason) => {
    expect(compile({ process }, context)).toEqual({
      own: undefined,
      remark: `that of the host, since ${reason}`,
      refused: [],
    });
    expect(compile({ process, security: { userNamespace: 'private' } }, context)).toMatchObject({
      own: undefined,
      refused: [reason],
    });
  });
});
