import { ScError } from '../../errors/error.ts';
import { didYouMean } from '../../errors/near-misses.ts';
import { Networks } from '../../network/networks.ts';
import type { Workplace } from '../workplace.ts';

export function networksOf({ settings }: Workplace): Networks {
  return new Networks(settings.root);
}

export function noSuchNetwork(networks: Networks, name: string): ScError {
  return new ScError('SC_NOT_FOUND', `no network "${name}"${didYouMean(name, networks.names())}`, {
    hint: `sc network list lists the networks, sc network create ${name} makes it`,
  });
}
