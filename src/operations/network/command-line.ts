import type { NetworkCreateRequest } from '../../schema/operations/network-create.ts';
import { labels, usage } from '../command-line-values.ts';

interface CreateFlags {
  subnet?: string[] | undefined;
  ipv6: boolean;
  gateway?: string | undefined;
  'ip-range'?: string | undefined;
  internal: boolean;
  mtu?: string | undefined;
  label?: string[] | undefined;
}

/** What `sc network create` asks for. Throws SC_USAGE. */
export function networkCreation(
  name: string,
  { subnet, ipv6, gateway, 'ip-range': ipRange, internal, mtu, label }: CreateFlags,
): NetworkCreateRequest {
  if (mtu !== undefined && !/^\d{2,5}$/.test(mtu)) throw usage('--mtu', mtu, 'bytes from 68 to 65535');
  return {
    name,
    ...(subnet !== undefined && { subnets: subnet }),
    ...(ipv6 && { ipv6 }),
    ...(gateway !== undefined && { gateway }),
    ...(ipRange !== undefined && { ipRange }),
    ...(internal && { internal }),
    ...(mtu !== undefined && { mtu: Number(mtu) }),
    ...(label !== undefined && { labels: labels(label) }),
  };
}
