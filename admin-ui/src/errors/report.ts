/** Texts to hand on: what somebody who helps needs to know, and nothing of any user. */
import type { App } from '../api/shapes.ts';
import type { ErrorGroup } from './shapes.ts';

export function reportOf(app: App, group: ErrorGroup): string {
  return [
    `app: ${app.id} (${app.slug}, ${app.environment})`,
    `error: ${group.id}`,
    `cause: ${group.cause.key}`,
    `count: ${group.count}`,
    `first: ${group.first_at}`,
    `last: ${group.last_at}`,
    ...(group.example_ids.length === 0 ? [] : [`examples: ${group.example_ids.join(', ')}`]),
  ].join('\n');
}

/** Divar's support reads Persian, whatever the panel speaks. */
export function ticketOf(app: App, group: ErrorGroup): string {
  return [
    'سلام،',
    `برای برنامهٔ «${app.name}» با شناسهٔ ${app.slug} این خطا رخ می‌دهد:`,
    group.cause.fa.cause,
    `تعداد: ${group.count} بار، از ${group.first_at} تا ${group.last_at} (به وقت UTC).`,
    'لطفاً دسترسی‌ها و سهمیهٔ این برنامه را بررسی کنید و نتیجه را بفرمایید. با سپاس.',
  ].join('\n');
}
