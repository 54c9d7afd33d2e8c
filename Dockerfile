# One image, three roles: `web`, `worker`, `release`. Needs DATABASE_URL, REDIS_URL, PUBLIC_URL and SECRET_KEYS.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY . .
RUN npm ci && npm prune --omit=dev --omit=optional --ignore-scripts

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/migrations ./migrations
COPY --from=build /app/dist ./dist
USER node
CMD ["node", "dist/src/main.js", "web"]
