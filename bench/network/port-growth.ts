import { addressOf } from '../../src/network/addresses.ts';
import { rulesOf } from '../../src/network/network-rules.ts';
import { publishPorts, withdrawPorts } from '../../src/network/published.ts';
import { makeRules, removeRules } from '../../src/network/rules.ts';
import type { GrowthReport } from '../benchmark.ts';
import { fitGrowth } from '../growth.ts';
import { median } from '../statistics.ts';

const SIZES = [1, 10, 30, 100, 300, 1000];
const SAMPLES = 30;

/** Nothing is ever noted here, where there is an nft. */
const NOTES = '/nonexistent/chains';

/** A network of which nothing is there but its rules. */
const network = {
  name: 'bench',
  bridge: 'sc-bench',
  address: '02:00:00:00:be:ef',
  subnets: [{ subnet: '10.207.252.0/22', gateway: '10.207.252.1' }],
  internal: false,
};

/** How long it takes to publish a port and to withdraw it again, by the number of others that are published. */
export function growthOfPorts(progress: (words: string) => void): GrowthReport[] {
  const words = 'measure published ports';
  const rules = rulesOf(network);
  const forward = (port: number, target: string) => ({
    protocol: 'tcp' as const,
    address: addressOf('0.0.0.0'),
    port,
    target: addressOf(target),
    targetPort: 80,
  });
  makeRules(words, NOTES, [rules]);
  try {
    const times: GrowthReport['times'] = [];
    let count = 0;
    for (const size of SIZES) {
      progress(`${size} published ports`);
      const more = Array.from({ length: size - count }, (_, index) =>
        forward(10_000 + count + index, `10.207.${252 + ((count + index) >> 8)}.${(count + index) & 0xff}`),
      );
      publishPorts(NOTES, rules.name, more);
      count = size;
      const durations = Array.from({ length: SAMPLES }, () => {
        const from = performance.now();
        publishPorts(NOTES, rules.name, [forward(9_999, '10.207.255.254')]);
        withdrawPorts(NOTES, rules.name, [addressOf('10.207.255.254')]);
        return performance.now() - from;
      });
      times.push({ size, time: median(durations) });
    }
    return [
      { name: 'a port is published and withdrawn again, beside others', times, growth: fitGrowth(times) },
    ];
  } finally {
    removeRules(words, NOTES, rules.name);
  }
}
