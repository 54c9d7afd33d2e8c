/** All SQL of media. Divar's token is all that is kept of a file. */
import { Problem } from '../errors.ts';
import type { Seal, Tx } from '../ports.ts';
import type { Media, MediaKind, NewMedia } from './media.ts';

interface MediaRow {
  tenant_id: string;
  id: string;
  app_id: string;
  kind: MediaKind;
  format: string;
  size_bytes: number;
  token: string;
  created_at: Date;
}

export type MediaStore = ReturnType<typeof createMediaStore>;

export function createMediaStore({ seal }: { seal: Seal }) {
  const associatedData = (tenantId: string, id: string) => `${tenantId}|media|token|${id}`;
  const rows = (tx: Tx) => tx.sql<MediaRow>('media').where({ tenant_id: tx.tenantId });

  const find = async (tx: Tx, appId: string, id: string): Promise<Media | undefined> => {
    const row = await rows(tx).where({ app_id: appId, id }).first();
    return row && fromRow(row as MediaRow);
  };

  return {
    find,

    /** @throws Problem `not_found` */
    load: async (tx: Tx, appId: string, id: string): Promise<Media> => {
      const media = await find(tx, appId, id);
      if (!media) throw new Problem('not_found');
      return media;
    },

    insert: async (tx: Tx, { token, ...media }: NewMedia): Promise<Media> => {
      const [row] = await tx
        .sql<MediaRow>('media')
        .insert({
          tenant_id: tx.tenantId,
          id: media.id,
          app_id: media.appId,
          kind: media.kind,
          format: media.format,
          size_bytes: media.sizeBytes,
          token: seal.seal(token, associatedData(tx.tenantId, media.id)),
          created_at: media.createdAt,
        })
        .returning('*');
      return fromRow(row as MediaRow);
    },

    /** What a message needs of it. */
    open: async (tx: Tx, id: string): Promise<{ token: string; kind: MediaKind } | undefined> => {
      const row = await rows(tx).where({ id }).first();
      return row && { token: seal.open(row.token, associatedData(tx.tenantId, id)), kind: row.kind };
    },
  };
}

function fromRow(row: MediaRow): Media {
  return {
    id: row.id,
    appId: row.app_id,
    kind: row.kind,
    format: row.format,
    sizeBytes: row.size_bytes,
    createdAt: row.created_at,
  };
}
