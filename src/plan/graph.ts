import type { Change, Plan, PlanDocument } from '../schema/plan.ts';

/** Documents stand in boxes of their own form: what runs, what it is made of, and Jobs. */
const forms: { readonly [kind in PlanDocument['kind']]: readonly [string, string] } = {
  Container: ['["', '"]'],
  Job: ['(["', '"])'],
  Volume: ['[("', '")]'],
  Network: ['{{"', '"}}'],
  Image: ['[/"', '"/]'],
};

/** The documents of a plan and what each comes after, as a flowchart of Mermaid. */
export function graphOf({ documents }: Plan): string {
  const ids = new Map(documents.map((document, index) => [keyOf(document), `d${index + 1}`]));
  const boxes = documents.map((document) => {
    const { kind, name, change } = document;
    const [left, right] = forms[kind];
    const style = change === 'none' ? '' : `:::${change}`;
    const words = `${kind} ${name}<br>${change === 'none' ? 'unchanged' : change}`;
    return `  ${ids.get(keyOf(document))}${left}${words}${right}${style}`;
  });
  const arrows = documents.flatMap((document) =>
    document.after.flatMap((before) => {
      const [from, to] = [ids.get(keyOf(before)), ids.get(keyOf(document))];
      if (from === undefined || to === undefined) return [];
      return [`  ${from} -->${before.condition === undefined ? '' : `|${before.condition}|`} ${to}`];
    }),
  );
  const used = new Set(documents.map(({ change }) => change));
  const styles = Object.entries(colors).flatMap(([change, color]) =>
    used.has(change as Change) ? [`  classDef ${change} ${color}`] : [],
  );
  return ['flowchart TD', ...boxes, ...arrows, ...styles].join('\n');
}

/** What is added is green, what is changed yellow, what goes red; the words beside say it too. */
const colors: { readonly [change in Exclude<Change, 'none'>]: string } = {
  create: 'stroke:#1a7f37,stroke-width:2px',
  start: 'stroke:#1a7f37,stroke-width:2px',
  run: 'stroke:#1a7f37,stroke-width:2px',
  update: 'stroke:#9a6700,stroke-width:2px',
  replace: 'stroke:#9a6700,stroke-width:2px',
  restart: 'stroke:#9a6700,stroke-width:2px',
  remove: 'stroke:#b42318,stroke-width:2px',
};

/** Two documents of different kinds may have one name. */
function keyOf({ kind, name }: Pick<PlanDocument, 'kind' | 'name'>): string {
  return `${kind} ${name}`;
}
