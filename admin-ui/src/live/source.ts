/** One stream of the gateway: what it tells, and that it is over. */

export interface LiveEvent {
  /** `message.updated`, `job.progress`, `resync` (read everything again). */
  name: string;
  id: string | undefined;
  conversationId: string | undefined;
}

export const RESYNC: LiveEvent = { name: 'resync', id: undefined, conversationId: undefined };

const KINDS = ['session', 'conversation', 'message', 'event', 'delivery', 'endpoint', 'grant'];
const NAMES = [
  ...KINDS.flatMap((kind) => [`${kind}.created`, `${kind}.updated`]),
  ...['job.progress', 'error.updated', 'app.check', 'resync'],
];

interface SourceHandlers {
  onOpen(): void;
  onEvent(event: LiveEvent): void;
  /** `isRefused`: the gateway answered, and not with a stream. */
  onEnd(isRefused: boolean): void;
}

/** @returns what closes it without another word */
export function openSource(appPath: string, { onOpen, onEvent, onEnd }: SourceHandlers): () => void {
  const source = new EventSource(`/admin/api/v1${appPath}/stream`);
  source.onopen = onOpen;
  source.onerror = () => {
    const isRefused = source.readyState === EventSource.CLOSED;
    // It would come again by itself, always after the same time.
    source.close();
    onEnd(isRefused);
  };
  for (const name of NAMES)
    source.addEventListener(name, (message) => onEvent(readEvent(name, (message as MessageEvent).data)));
  return () => source.close();
}

function readEvent(name: string, text: unknown): LiveEvent {
  let data: { id?: string; conversation_id?: string } = {};
  try {
    data = Object(JSON.parse(String(text)));
  } catch {}
  return { name, id: data.id, conversationId: data.conversation_id };
}
