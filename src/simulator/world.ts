/** The simulator's world as plain data: everything here survives a restart as JSON, nothing else does. */

export type Generation = 'v1' | 'mid' | 'v2';
export type Side = 'seller' | 'buyer';
/** A person of the cast by the role they play. A stranger takes part in no conversation. */
export type PersonKey = Side | 'stranger';

export interface ApiKey {
  key: string;
  /** Absent: every permission. */
  permissions?: string[] | undefined;
}

export interface App {
  slug: string;
  display: string;
  subtitle: string;
  description: string;
  generation: Generation;
  initUrl: string;
  identificationKey: string;
  apiKeys: ApiKey[];
  clientSecret: string;
  redirectUris: string[];
  /** Scope names Divar has approved for the app; absent: all of its generation. */
  scopes?: string[] | undefined;
  eventsUrl?: string | undefined;
  fallbackUrl?: string | undefined;
  actionUrl?: string | undefined;
  owner?: string | undefined;
  /** A test app works only with test posts. */
  testApp: boolean;
  accessTokenSeconds: number;
  limits: { perMinute?: number | undefined; perDay?: number | undefined };
}

export interface Post {
  token: string;
  title: string;
  category: string;
  city: string;
  district: string;
  description: string;
  priceToman: number;
  /** A real post refuses test apps. */
  real: boolean;
}

export type Action = Record<string, unknown>;
export interface Button {
  caption: string;
  icon?: string | undefined;
  action: Action;
}
export type ButtonRow = Button[];

export interface Place {
  latitude: number;
  longitude: number;
}

export interface Contact {
  name: string;
  phone: string;
}

export interface Message {
  id: string;
  sentAt: number;
  /** Whose side of the chat it stands on; for an add-on's message the side of the grantor. */
  side: Side;
  sender: 'human' | 'app';
  app?: string | undefined;
  text: string;
  mediaId?: string | undefined;
  mediaType?: string | undefined;
  place?: Place | undefined;
  contact?: Contact | undefined;
  buttons: Record<Side, ButtonRow[]>;
}

export interface Conversation {
  id: string;
  type: 'POST' | 'BOT';
  post?: string | undefined;
  /** Only in BOT conversations: the app and the one person it talks with. */
  app?: string | undefined;
  person?: PersonKey | undefined;
  /** In a chat of one app's desk: to every other app it does not exist. */
  onlyApp?: string | undefined;
  /** The recipient has blocked the sender: sends answer 412 with code 9. */
  blocked: boolean;
  messages: Message[];
}

/** One authorization code. Codes and tokens are kept under their SHA-256 only. */
interface Code {
  app: string;
  redirectUri: string;
  scopes: string[];
  person: PersonKey;
  expiresAt: number;
  /** The grant it was exchanged for; a second exchange revokes that grant. */
  grant?: string | undefined;
}

export interface Grant {
  id: string;
  app: string;
  person: PersonKey;
  scopes: string[];
  createdAt: number;
  /** 30 days after the consent; rotation does not move it. */
  until: number;
  revokedAt?: number | undefined;
}

export interface Token {
  kind: 'access' | 'refresh';
  grant: string;
  expiresAt: number;
}

/** One opened web view: what ties the later browser requests to the tap. */
interface Visit {
  id: string;
  app: string;
  as: PersonKey | 'anonymous';
  url: string;
  conversation?: string | undefined;
  startedAt: number;
  openedAt?: number | undefined;
  completedAt?: number | undefined;
}

interface Completion {
  at: number;
  visit?: string | undefined;
  app?: string | undefined;
  params: Record<string, string>;
  warnings: string[];
}

interface Media {
  app: string;
  type: string;
}

export interface Subscription {
  app: string;
  grant: string;
  /** SHA-256 of the access token it was made with: a subscription lives as long as that token. */
  token: string;
  eventType: string;
  resourceId: string;
  metadata?: unknown;
  /** v1: where its notifications go, and the key they show. */
  notify?: { endpoint: string; identificationKey: string } | undefined;
  createdAt: number;
}

export interface World {
  apps: Record<string, App>;
  posts: Record<string, Post>;
  conversations: Record<string, Conversation>;
  codes: Record<string, Code>;
  grants: Record<string, Grant>;
  tokens: Record<string, Token>;
  visits: Record<string, Visit>;
  completions: Completion[];
  uploads: Record<string, { app: string; expiresAt: number }>;
  media: Record<string, Media>;
  subscriptions: Subscription[];
  /** Requests counted per app and window, e.g. `slug|minute|29537580`. */
  counters: Record<string, number>;
  clockOffsetMs: number;
}

/** What a room of the simulator is given: the world, and the two things it may not make itself. */
export interface Stage {
  world: World;
  /** Simulated time, milliseconds. */
  now(): number;
  random(bytes: number): Buffer;
  /** Tells that the world has changed and should be saved. */
  changed(): void;
  publicUrl: string;
}

export const isOpenTo = (conversation: Conversation, slug: string): boolean =>
  conversation.onlyApp === undefined || conversation.onlyApp === slug;

export const otherSide = (side: Side): Side => (side === 'seller' ? 'buyer' : 'seller');
