/** Checks a request against its route's schemas and collects everything that is wrong with it, not only the first thing. */
import type { z } from 'zod';
import type { ProblemIssue } from '../errors.ts';

/** Enough for a person to read; a hostile body must not be answered with a longer one. */
export const MAX_ISSUE_COUNT = 100;
const MAX_PATH_LENGTH = 200;

export type Checked<T> = { value: T; issues: readonly [] } | { value: undefined; issues: ProblemIssue[] };

/** Without a schema nothing may be there. */
export function check(
  part: 'query' | 'body',
  schema: z.ZodType | undefined,
  input: object,
): Checked<unknown> {
  if (schema === undefined) {
    const issues = unknownKeyIssues(part, Object.keys(input));
    return issues.length === 0 ? { value: {}, issues: [] } : { value: undefined, issues };
  }
  const result = schema.safeParse(input);
  if (result.success) return { value: result.data, issues: [] };
  return { value: undefined, issues: issuesOf(part, result.error.issues) };
}

/** `limit=1&limit=2` has no meaning that everybody shares. */
export function readQuery(search: string): { query: Record<string, string>; issues: ProblemIssue[] } {
  const query: Record<string, string> = Object.create(null);
  const issues: ProblemIssue[] = [];
  for (const [name, value] of new URLSearchParams(search)) {
    const path = pathOf('query', [name]);
    if (name in query)
      issues.push({ path, code: 'repeated_parameter', message: 'This parameter may stand only once' });
    else if (value.includes('\0')) issues.push({ path, code: 'invalid_text', message: 'NUL is not allowed' });
    query[name] = value;
  }
  return { query, issues };
}

function issuesOf(
  part: string,
  issues: readonly z.core.$ZodIssue[],
  prefix: readonly PropertyKey[] = [],
): ProblemIssue[] {
  return issues.flatMap((issue): ProblemIssue[] => {
    const path = [...prefix, ...issue.path];
    if (issue.code === 'unrecognized_keys') return unknownKeyIssues(part, issue.keys, path);
    if (issue.code === 'invalid_union' && issue.errors.length > 0)
      return issuesOf(part, closestBranch(issue.errors), path);
    return [{ path: pathOf(part, path), code: issue.code, message: issue.message }];
  });
}

/** Of the shapes that were possible, the one that the caller probably meant: the right type, and the fewest mistakes. */
function closestBranch(branches: readonly (readonly z.core.$ZodIssue[])[]): readonly z.core.$ZodIssue[] {
  const distance = (branch: readonly z.core.$ZodIssue[]) =>
    branch.some((issue) => issue.code === 'invalid_type' && issue.path.length === 0)
      ? Number.MAX_SAFE_INTEGER
      : branch.length;
  return [...branches].sort((one, other) => distance(one) - distance(other))[0] ?? [];
}

function unknownKeyIssues(
  part: string,
  keys: readonly string[],
  path: readonly PropertyKey[] = [],
): ProblemIssue[] {
  const message = part === 'query' ? 'There is no such parameter' : 'There is no such field';
  return keys
    .slice(0, MAX_ISSUE_COUNT)
    .map((key) => ({ path: pathOf(part, [...path, key]), code: 'unrecognized_keys', message }));
}

function pathOf(part: string, path: readonly PropertyKey[]): string {
  return [part, ...path].map(String).join('.').slice(0, MAX_PATH_LENGTH);
}
