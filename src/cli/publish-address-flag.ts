import { isIP } from 'node:net';
import { string } from '@oclif/core/flags';
import { ScError } from '../errors/error.ts';
import type { Settings } from '../operations/settings.ts';

/** Of the commands that start containers by what somebody wrote. */
export const publishAddressFlag = {
  'publish-address': string({
    description:
      'Where ports are published that name no address: all (the default), or an address of this machine.',
    env: 'SC_PUBLISH_ADDRESS',
    helpValue: 'ADDRESS',
  }),
};

/** As a setting. Throws SC_USAGE for what is no address. */
export function publishAddressOf(text: string | undefined): Pick<Settings, 'publishAddress'> {
  if (text === undefined || text === 'all') return {};
  const publishAddress = text.replace(/^\[(.*)\]$/, '$1');
  if (isIP(publishAddress) === 0)
    throw new ScError('SC_USAGE', `--publish-address: found "${text}"`, {
      hint: 'all, or an address of IPv4 or IPv6',
    });
  return { publishAddress };
}
