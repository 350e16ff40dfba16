import { expect, test } from 'vitest';
import { markdown } from '../../bench/markdown.ts';
import type { Party } from '../../bench/party.ts';
import { measureRounds } from '../../bench/rounds.ts';
import { median, quantile } from '../../bench/statistics.ts';

/** Takes as many milliseconds as it says, and writes down when it is asked. */
function party(name: string, duration: number, asked: string[]): Party {
  return {
    name,
    async measure(count) {
      asked.push(name);
      return Array.from({ length: count }, () => duration);
    },
    end: async () => {},
  };
}

test('every other round goes the other way, so that no party always follows the same one', async () => {
  const asked: string[] = [];
  const parties = [party('a', 200, asked), party('b', 200, asked), party('c', 200, asked)];
  await measureRounds(parties, { samples: 4, rounds: 4 });
  expect(asked.slice(parties.length).join('')).toBe('abccbaabccba');
});

test('each is measured as often as was asked for, what is long a fifth as often, what is short more often', async () => {
  const parties = [party('short', 1, []), party('middle', 50, []), party('long', 5000, [])];
  const [short, middle, long] = await measureRounds(parties, { samples: 100, rounds: 10 });
  expect(short?.samples).toBe(1000);
  expect(middle?.samples).toBe(100);
  expect(long?.samples).toBe(20);
});

test('ratios are taken against the first party, round by round', async () => {
  const [, other] = await measureRounds([party('limit', 2, []), party('other', 3, [])], {
    samples: 10,
    rounds: 5,
  });
  expect(other).toMatchObject({ median: 3, p90: 3, ratio: 1.5, ratios: [1.5, 1.5, 1.5, 1.5, 1.5] });
});

test('a quantile is a value of the sample, by the nearest rank', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2);
  expect(quantile([...Array(10).keys()], 0.9)).toBe(8);
  expect(quantile([7], 0.9)).toBe(7);
  expect(median([])).toBeNaN();
});

test('the table says who was measured, against whom, and on what', () => {
  const text = markdown({
    benchmark: 'start',
    host: {
      kernel: '6.1',
      distribution: 'Debian',
      processor: 'CPU',
      processors: 2,
      memory: 4,
      cgroups: 'v2',
      node: 'v26',
      versions: { runc: 'runc 1.1' },
    },
    parties: [
      { name: 'C', samples: 2, median: 1, p90: 2, ratio: 1, ratios: [1] },
      { name: 'sc', note: 'with a keeper', samples: 2, median: 15, p90: 20, ratio: 15, ratios: [14, 16] },
    ],
  });
  expect(text).toBe(`## start

|     |  median |     p90 | times C |       by round | samples |
| --- | ------: | ------: | ------: | -------------: | ------: |
| C   | 1.00 ms | 2.00 ms |    1.00 |   1.00 to 1.00 |       2 |
| sc  | 15.0 ms | 20.0 ms |   15.00 | 14.00 to 16.00 |       2 |

- sc: with a keeper.

Host: Linux 6.1, Debian, 2 x CPU, 4 GiB, cgroups v2, Node v26, runc 1.1.`);
});
