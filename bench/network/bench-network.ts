import { join } from 'node:path';
import type { NetworkInterface } from '../../src/backend/backend.ts';
import { addressOf, hardwareAddress } from '../../src/network/addresses.ts';
import { bridgeDown, bridgeUp } from '../../src/network/bridge.ts';
import { tableOf } from '../../src/network/firewall.ts';
import type { Notes } from '../../src/network/forwarding.ts';
import type { Forward } from '../../src/network/port-maps.ts';
import type { NetworkState } from '../../src/schema/network-state.ts';

/** Internal, so that nothing of the machine's own interfaces is changed for it. */
const state: NetworkState = {
  version: 1,
  name: 'bench',
  bridge: 'sc-bench-net',
  address: '02:00:00:00:be:f0',
  subnets: [{ subnet: '10.207.240.0/21', gateway: '10.207.240.1' }],
  internal: true,
  mtu: 1500,
  labels: {},
  createdAt: '2024-05-01T12:00:00.000Z',
};

/** A network that is up, for containers that no record knows. */
export class BenchNetwork {
  readonly state = state;
  readonly table = tableOf(state);
  readonly notes: Notes;
  readonly #bridge: number;

  /** Below the directory it is noted what is changed of the machine, which is nothing. */
  constructor(directory: string) {
    this.notes = { forwarding: join(directory, 'forwarding'), chains: join(directory, 'chains') };
    this.#bridge = bridgeUp(state, this.notes);
  }

  remove(): void {
    bridgeDown(state, this.notes);
  }

  /** The place of the container with this number, from 0, and a name that its interface has in there. */
  place(number: number, name = 'eth0'): NetworkInterface {
    const address = `10.207.${240 + ((number + 2) >> 8)}.${(number + 2) & 0xff}`;
    return {
      interface: name,
      port: `scbench${number}`,
      address: hardwareAddress(address),
      addresses: [`${address}/21`],
      gateways: ['10.207.240.1'],
      mtu: state.mtu,
      bridge: this.#bridge,
      isReflected: true,
    };
  }

  /** A port of the machine that leads there. */
  forward({ addresses: [address = ''] }: NetworkInterface, port: number): Forward {
    const target = addressOf(address.replace(/\/.*/, ''));
    return { protocol: 'tcp', address: addressOf('0.0.0.0'), port, target, targetPort: 80 };
  }
}
