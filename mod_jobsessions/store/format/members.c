/* SPDX-License-Identifier: Apache-2.0 */
#include "format/members.h"

#include <stdint.h>
#include <string.h>

#include "jobsessions_read.h"

#define NAME(text) "\"" text "\":", (text), sizeof(text) - 1
#define NO_MEMBERS                                                                                 \
    {                                                                                              \
        NULL, 0                                                                                    \
    }
#define MEMBERS(list)                                                                              \
    {                                                                                              \
        list, sizeof(list) / sizeof((list)[0])                                                     \
    }

static const jsp_member backup_members[] = {
    {NAME("policyId"), JSP_MEMBER_POLICY_ID, 128, NO_MEMBERS},
    {NAME("policyName"), JSP_MEMBER_POLICY_NAME, 1024, NO_MEMBERS},
    {NAME("policyType"), JSP_MEMBER_POLICY_TYPE, 0, NO_MEMBERS},
    {NAME("protectedInstancesCount"), JSP_MEMBER_COUNT, 0, NO_MEMBERS},
    {NAME("policyRemoved"), JSP_MEMBER_BOOLEAN, 0, NO_MEMBERS},
};

static const jsp_member health_check_members[] = {
    {NAME("policyId"), JSP_MEMBER_POLICY_UUID, 0, NO_MEMBERS},
    {NAME("policyName"), JSP_MEMBER_POLICY_NAME, 1024, NO_MEMBERS},
    {NAME("checkedInstancesCount"), JSP_MEMBER_COUNT, INT32_MAX, NO_MEMBERS},
    {NAME("policyRemoved"), JSP_MEMBER_BOOLEAN, 0, NO_MEMBERS},
};

static const jsp_member restore_members[] = {
    {NAME("reason"), JSP_MEMBER_TEXT, 65536, NO_MEMBERS},
    {NAME("items"), JSP_MEMBER_OBJECTS, 0, NO_MEMBERS},
    {NAME("backupPolicyDisplayName"), JSP_MEMBER_TEXT, 1024, NO_MEMBERS},
};

static const jsp_member flr_link_members[] = {
    {NAME("url"), JSP_MEMBER_TEXT, 8192, NO_MEMBERS},
    {NAME("thumbprint"), JSP_MEMBER_TEXT, 256, NO_MEMBERS},
};

static const jsp_member file_level_restore_members[] = {
    {NAME("initiator"), JSP_MEMBER_TEXT, 1024, NO_MEMBERS},
    {NAME("reason"), JSP_MEMBER_TEXT, 65536, NO_MEMBERS},
    {NAME("flrLink"), JSP_MEMBER_OBJECT, 0, MEMBERS(flr_link_members)},
    {NAME("vmId"), JSP_MEMBER_TEXT, 1024, NO_MEMBERS},
    {NAME("vmName"), JSP_MEMBER_TEXT, 1024, NO_MEMBERS},
    {NAME("backupPolicyDisplayName"), JSP_MEMBER_TEXT, 1024, NO_MEMBERS},
    {NAME("restorePointCreatedDateUtc"), JSP_MEMBER_DATE, 0, NO_MEMBERS},
    {NAME("isFlrSessionReady"), JSP_MEMBER_BOOLEAN, 0, NO_MEMBERS},
};

static const jsp_member file_share_restore_members[] = {
    {NAME("initiator"), JSP_MEMBER_TEXT, 1024, NO_MEMBERS},
    {NAME("reason"), JSP_MEMBER_TEXT, 65536, NO_MEMBERS},
    {NAME("flrLink"), JSP_MEMBER_OBJECT, 0, MEMBERS(flr_link_members)},
    {NAME("fileShareId"), JSP_MEMBER_TEXT, 1024, NO_MEMBERS},
    {NAME("fileShareName"), JSP_MEMBER_TEXT, 1024, NO_MEMBERS},
    {NAME("backupPolicyDisplayName"), JSP_MEMBER_TEXT, 1024, NO_MEMBERS},
    {NAME("restorePointCreatedDateUtc"), JSP_MEMBER_DATE, 0, NO_MEMBERS},
};

static const jsp_member repository_members[] = {
    {NAME("repositoryId"), JSP_MEMBER_REPOSITORY_ID, 0, NO_MEMBERS},
    {NAME("repositoryUid"), JSP_MEMBER_REPOSITORY_UID, 128, NO_MEMBERS},
    {NAME("repositoryName"), JSP_MEMBER_TEXT, 1024, NO_MEMBERS},
    {NAME("repositoryRemoved"), JSP_MEMBER_BOOLEAN, 0, NO_MEMBERS},
};

static const jsp_member data_retrieval_members[] = {
    {NAME("restorePointId"), JSP_MEMBER_UUID, 0, NO_MEMBERS},
    {NAME("sqlRestorePointId"), JSP_MEMBER_UUID, 0, NO_MEMBERS},
    {NAME("cosmosDbRestorePointId"), JSP_MEMBER_UUID, 0, NO_MEMBERS},
    {NAME("initiator"), JSP_MEMBER_TEXT, 1024, NO_MEMBERS},
    {NAME("instanceName"), JSP_MEMBER_TEXT, 1024, NO_MEMBERS},
    {NAME("daysToKeep"), JSP_MEMBER_COUNT, INT32_MAX, NO_MEMBERS},
    {NAME("dataRetrievalPriority"), JSP_MEMBER_PRIORITY, 0, NO_MEMBERS},
};

static const jsp_member retention_members[] = {
    {NAME("deletedRestorePointsCount"), JSP_MEMBER_COUNT, INT32_MAX, NO_MEMBERS},
};

static const jsp_member members_of_session[] = {
    {NAME("id"), JSP_MEMBER_ID, 0, NO_MEMBERS},
    {NAME("type"), JSP_MEMBER_TYPE, JS_TYPE_MAX, NO_MEMBERS},
    {NAME("localizedType"), JSP_MEMBER_LOCALIZED_TYPE, 256, NO_MEMBERS},
    {NAME("executionStartTime"), JSP_MEMBER_START, 0, NO_MEMBERS},
    {NAME("executionStopTime"), JSP_MEMBER_STOP, 0, NO_MEMBERS},
    {NAME("executionDuration"), JSP_MEMBER_DURATION, 0, NO_MEMBERS},
    {NAME("status"), JSP_MEMBER_STATUS, 0, NO_MEMBERS},
    {NAME("usn"), JSP_MEMBER_USN, 0, NO_MEMBERS},
    {NAME("backupJobInfo"), JSP_MEMBER_OBJECT, 0, MEMBERS(backup_members)},
    {NAME("healthCheckJobInfo"), JSP_MEMBER_OBJECT, 0, MEMBERS(health_check_members)},
    {NAME("restoreJobInfo"), JSP_MEMBER_OBJECT, 0, MEMBERS(restore_members)},
    {NAME("fileLevelRestoreJobInfo"), JSP_MEMBER_OBJECT, 0, MEMBERS(file_level_restore_members)},
    {NAME("fileShareFileLevelRestoreJobInfo"), JSP_MEMBER_OBJECT, 0,
     MEMBERS(file_share_restore_members)},
    {NAME("repositoryJobInfo"), JSP_MEMBER_OBJECT, 0, MEMBERS(repository_members)},
    {NAME("restorePointDataRetrievalJobInfo"), JSP_MEMBER_OBJECT, 0,
     MEMBERS(data_retrieval_members)},
    {NAME("retentionJobInfo"), JSP_MEMBER_OBJECT, 0, MEMBERS(retention_members)},
};

static const jsp_member members_of_log[] = {
    {NAME("logTime"), JSP_MEMBER_DATE, 0, NO_MEMBERS},
    {NAME("status"), JSP_MEMBER_STATUS, 0, NO_MEMBERS},
    {NAME("message"), JSP_MEMBER_TEXT, 65536, NO_MEMBERS},
    {NAME("resourceHashId"), JSP_MEMBER_TEXT, 1024, NO_MEMBERS},
    {NAME("executionStartTime"), JSP_MEMBER_DATE, 0, NO_MEMBERS},
    {NAME("executionDuration"), JSP_MEMBER_DURATION, 0, NO_MEMBERS},
};

static const jsp_member members_of_item[] = {
    {NAME("name"), JSP_MEMBER_NAME, 1024, NO_MEMBERS},
};

const jsp_members jsp_members_of_session = MEMBERS(members_of_session);
const jsp_members jsp_members_of_log = MEMBERS(members_of_log);
const jsp_members jsp_members_of_item = MEMBERS(members_of_item);

const char *const *jsp_member_words(jsp_member_kind kind)
{
    static const char *const policy_types[] = {
        "VirtualMachines", "AzureSql",           "FileShares", "Unknown",
        "CosmosDb",        "ProtectionVmPolicy", "Vnet",       NULL};
    static const char *const priorities[] = {"Normal", "High", "Unknown", NULL};
    return kind == JSP_MEMBER_POLICY_TYPE ? policy_types
           : kind == JSP_MEMBER_PRIORITY  ? priorities
                                          : NULL;
}

size_t jsp_members_find(const jsp_members *members, size_t first, const char *name, size_t length)
{
    size_t at = first;
    while (at < members->count
           && (members->list[at].name_length != length
               || memcmp(members->list[at].name, name, length) != 0)) {
        at++;
    }
    return at;
}

size_t jsp_members_match(const jsp_members *members, size_t first, const char *text, size_t length)
{
    size_t at = first;
    while (at < members->count
           && (jsp_member_key_length(&members->list[at]) > length
               || memcmp(members->list[at].key, text, jsp_member_key_length(&members->list[at]))
                      != 0)) {
        at++;
    }
    return at;
}

bool js_session_has_member(const char *name, size_t length)
{
    return jsp_members_find(&jsp_members_of_session, 0, name, length)
           < jsp_members_of_session.count;
}
