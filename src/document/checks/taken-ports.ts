import { either, type Finding } from '../finding.ts';
import { type Check, type Names, valueAt } from './check.ts';
import { dependenciesOf } from './names.ts';
import { areInTheWay, type Claim, claimsOf, overlap } from './port-claims.ts';

/** What is said first of a claim is all that is said of it. */
type Complain = (claim: Claim, complaint: Omit<Finding, 'path'>) => void;

export const takenPortChecks: readonly Check[] = [
  {
    name: 'no port of the machine is taken twice',
    run: (document, names) => {
      const findings = known.get(names) ?? findingsOf(names);
      known.set(names, findings);
      return findings.get(document) ?? [];
    },
  },
];

/** Of all documents of a file, as one is in the way of another. */
const known = new WeakMap<Names, Map<unknown, Finding[]>>();

function findingsOf(names: Names): Map<unknown, Finding[]> {
  const claims = [...names.first.values()].flatMap(claimsOf);
  const refused = new Map<Claim, Finding>();
  const complain: Complain = (claim, complaint) => {
    if (!refused.has(claim)) refused.set(claim, { path: claim.path, ...complaint });
  };
  const fixed = claims.filter(({ isAny }) => !isAny);
  refuseTwice(fixed, names, complain);
  // A Job takes them for a time that nobody knows before.
  const lasting = claims.filter((claim) => valueAt(claim.document, 'kind') === 'Container');
  const settled = lasting.filter((claim) => !claim.isAny && !refused.has(claim));
  const ranges = Map.groupBy(
    lasting.filter(({ isAny }) => isAny),
    ({ protocol, address }) => `${protocol} ${address?.family} ${address?.value}`,
  );
  for (const group of ranges.values()) refuseTooMany(group, settled, names, complain);
  const findings = [...refused].map(([{ document }, finding]) => ({ document, finding }));
  return new Map(
    [...Map.groupBy(findings, ({ document }) => document)].map(([document, all]) => [
      document,
      all.map(({ finding }) => finding),
    ]),
  );
}

/** Each of these needs all of its ports. Each of two that want the same one is told of the other. */
function refuseTwice(claims: readonly Claim[], names: Names, complain: Complain): void {
  let before: Claim[] = [];
  for (const claim of claims.toSorted((one, other) => one.ports.first - other.ports.first)) {
    const { ports, protocol, count } = claim;
    const port = `port ${ports.first}/${protocol}`;
    before = before.filter((other) => other.ports.last >= ports.first);
    const other = before.find((one) => areInTheWay(one, claim) && areAtOnce(one, claim, names));
    if (count > 1)
      complain(claim, {
        message: `each of ${count} containers takes ${port}`,
        expected: 'no port of the machine, or a range of which each takes one',
      });
    if (other?.document === claim.document) complain(claim, { message: `${port} is taken twice` });
    else if (other !== undefined) {
      complain(claim, { message: `${names.inWords(other.document)} takes ${port} too` });
      complain(other, { message: `${names.inWords(claim.document)} takes ${port} too` });
    }
    before.push(claim);
  }
}

/** Of these, all of one protocol and address, each container gets the lowest port that is left, who has least choice first. */
function refuseTooMany(
  claims: readonly Claim[],
  settled: readonly Claim[],
  names: Names,
  complain: Complain,
): void {
  // From each port that is taken, the next that may be free.
  const next = new Map<number, number>();
  const others = settled.filter((other) => claims.some((claim) => areInTheWay(other, claim)));
  for (const { ports } of others)
    for (let port = ports.first; port <= ports.last; port++) next.set(port, port + 1);
  for (const claim of claims.toSorted((one, other) => one.ports.last - other.ports.last)) {
    const { first, last } = claim.ports;
    for (let left = claim.count; left > 0; left--) {
      let port = first;
      for (let after = next.get(port); after !== undefined; after = next.get(port)) port = after;
      if (port > last) {
        const takers = [...claims, ...others].filter((one) => one !== claim);
        complain(claim, { message: tooFew(claim, takers, names) });
        break;
      }
      next.set(port, port + 1);
      next.set(first, port + 1);
    }
  }
}

function tooFew({ ports, protocol, count }: Claim, takers: readonly Claim[], names: Names): string {
  const inTheWay = takers.filter((one) => overlap(one.ports, ports));
  const words = [...new Set(inTheWay.map(({ document }) => names.inWords(document)))];
  const told = words.length > 3 ? [...words.slice(0, 2), `${words.length - 2} more`] : words;
  const beside = told.length === 0 ? '' : `, beside ${either(told, 'and')}`;
  const wanted = count > 1 ? `${count} containers take one each` : 'it takes one';
  return `ports ${ports.first}-${ports.last}/${protocol} are too few: ${wanted}${beside}`;
}

/** The steps of a Job come one after another, and so does what waits for a Job to be completed. */
function areAtOnce(one: Claim, other: Claim, names: Names): boolean {
  if (one.document === other.document) return one.container === other.container;
  const comesAfter = (later: Claim, earlier: Claim) =>
    valueAt(earlier.document, 'kind') === 'Job' && leadsTo(later.document, earlier.document, names);
  return !comesAfter(one, other) && !comesAfter(other, one);
}

/** Whether a document depends on another, or on one that does. */
function leadsTo(from: unknown, to: unknown, { first }: Names): boolean {
  const reached = new Set([from]);
  for (const document of reached)
    for (const { name } of dependenciesOf(document)) reached.add(first.get(`Container ${name}`));
  return reached.has(to);
}
