import type { z } from 'zod';
import { Refusal } from './refusal.ts';
import { type Call, jsonOf, mediaTypeOf, type Route } from './route.ts';

/** A call of testers. */
export const control = (method: Route['method'], path: string, answer: Route['answer']): Route => ({
  method,
  path,
  caller: 'control',
  kind: 'control',
  answer,
});

/** A refusal of the control API. */
export const refuseControl = (status: number, error: string, issues?: unknown): Refusal =>
  new Refusal({ status, body: issues === undefined ? { error } : { error, issues } }, error);

/** Reads a control body. JSON only: a form of another web site cannot send that without being asked first. */
export const readInput = <T extends z.ZodType>(call: Call, schema: T, list = false): z.infer<T> => {
  if (mediaTypeOf(call) !== 'application/json') throw refuseControl(415, 'send application/json');
  let value: unknown = jsonOf(call);
  if (list) {
    try {
      value = JSON.parse(call.body.toString('utf8'));
    } catch {
      value = undefined;
    }
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
  throw refuseControl(400, 'invalid', issues);
};
