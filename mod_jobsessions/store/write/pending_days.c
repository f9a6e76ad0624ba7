/* SPDX-License-Identifier: Apache-2.0 */
#include "write/pending_days.h"

/* Days that follow each other have places of their own, and so have statuses and types of a day. */
static jsp_pending_day *place_of(jsp_pending_days *days, const jsp_day *day)
{
    uint64_t number = day->day * 31 + day->status * 7U + day->type;
    return &days->places[number % JSP_PENDING_DAYS];
}

static bool is_same(const jsp_day *one, const jsp_day *other)
{
    return one->day == other->day && one->status == other->status && one->type == other->type;
}

static uint64_t changed(uint64_t sum, int64_t by)
{
    uint64_t less = by < 0 ? (uint64_t)-by : 0;
    return less == 0 ? sum + (uint64_t)by : sum > less ? sum - less : 0;
}

/* A row that is missing keeps nobody from writing. */
static int write_day(jsp_checked *checked, const jsp_pending_day *pending)
{
    unsigned char bytes[JSP_DAY_KEY_SIZE];
    unsigned char number[JSP_DAY_VALUE_SIZE];
    MDB_val key = {sizeof(bytes), bytes};
    MDB_val value = {0, NULL};
    if (pending->by == 0) {
        return 0;
    }
    jsp_day_pack(bytes, &pending->day);
    int rc = jsp_checked_get(checked, JSP_TABLE_DAYS, &key, &value);
    uint64_t sum = rc == 0 && value.mv_size == sizeof(number) ? jsp_get_le64(value.mv_data) : 0;
    if ((rc != 0 && rc != MDB_NOTFOUND) || (pending->by < 0 && sum == 0)) {
        return rc == MDB_NOTFOUND ? 0 : rc;
    }
    sum = changed(sum, pending->by);
    if (sum == 0) {
        return jsp_checked_remove(checked, JSP_TABLE_DAYS, &key, NULL);
    }
    jsp_put_le64(number, sum);
    value = (MDB_val){sizeof(number), number};
    return jsp_checked_put(checked, JSP_TABLE_DAYS, &key, &value, 0);
}

int jsp_pending_days_add(jsp_pending_days *days, jsp_checked *checked, const jsp_day *day, int by)
{
    jsp_pending_day *pending = place_of(days, day);
    if (!is_same(&pending->day, day)) {
        int rc = write_day(checked, pending);
        if (rc != 0) {
            return rc;
        }
        *pending = (jsp_pending_day){*day, 0};
    }
    pending->by += by;
    return 0;
}

int jsp_pending_days_write(jsp_pending_days *days, jsp_checked *checked)
{
    int rc = 0;
    for (size_t at = 0; at < JSP_PENDING_DAYS && rc == 0; at++) {
        rc = write_day(checked, &days->places[at]);
    }
    return rc;
}
