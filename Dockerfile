# docker build -t transdx . && docker run --name book transdx
# docker cp book:/transdx/_build/html .
FROM python:3.13-slim
RUN apt-get update && apt-get install -y --no-install-recommends git make
WORKDIR /transdx
COPY . .
RUN make install
CMD ["make", "book", "test"]
