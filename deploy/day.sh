#!/usr/bin/env bash
# Two commands of today, one a line, for `stockroom send`: what the shelf had an hour ago, and a sale of just now.
#
#   deploy/day.sh > /tmp/day.jsonl
#
# Their times are of now, because a store refuses what is older than its memory of command ids, and so are their ids new: keep the
# file to send the same commands again.
set -euo pipefail

command() {
    printf '{"command_id": "%s", "store_id": "berlin", "occurred_at": "%s", "actor": {"id": "%s"}, "operation": %s}\n' \
        "$(cat /proc/sys/kernel/random/uuid)" "$(date -u -d "$1" +%Y-%m-%dT%H:%M:%SZ)" "$2" "$3"
}

command '1 hour ago' erp '{"import_stock": {"import_id": "opening", "stock_location": "main", "lines": [{"product_id": "shirt", "count": 10}]}}'
command now anna '{"record_sale": {"sale_id": "1", "lines": [{"product_id": "shirt", "quantity": 2}]}}'
