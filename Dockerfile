# Two targets: `souk`, the release image without the demo, and `sandbox`, the simulator.
FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
RUN cargo build --release --locked --package souk --no-default-features && cp target/release/souk /souk
RUN cargo build --release --locked --package souk && cp target/release/souk /souk-demo

FROM debian:bookworm-slim AS base
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates curl && rm -rf /var/lib/apt/lists/*
RUN useradd --system --home /data --create-home souk
USER souk
WORKDIR /data

FROM base AS sandbox
COPY --from=build /souk-demo /usr/local/bin/souk
EXPOSE 8090
ENTRYPOINT ["souk"]
CMD ["sandbox", "--listen", "0.0.0.0:8090"]

FROM base AS souk
COPY --from=build /souk /usr/local/bin/souk
EXPOSE 8080
ENTRYPOINT ["souk"]
CMD ["serve"]
