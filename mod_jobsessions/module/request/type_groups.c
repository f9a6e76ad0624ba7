/* SPDX-License-Identifier: Apache-2.0 */
#include "request/type_groups.h"

#include "httpd.h"

/* The vendor's v8.1 has the names of groups and of types, and says nowhere which belong together; here they do by
 * their words. Groups of a single type that has the same name need no line. */
static const struct {
    const char *group;
    const char *types[12];
} groups[] = {
    {"ManualSnapshot", {"ManualSnapshot", "FileShareManualSnapshot"}},
    {"ManualBackup", {"SqlManualBackup", "PostgresDbManualBackup", "MongoDbManualBackup"}},
    {"PolicySnapshot", {"PolicySnapshot", "FileSharePolicySnapshot"}},
    {"PolicyBackup",
     {"PolicyBackup", "SnapshotBackup", "SqlPolicyBackup", "VnetPolicyBackup",
      "VnetPolicyBackupToRepository", "PostgresDbPolicyBackup", "MongoDbPolicyBackup"}},
    {"PolicyArchive",
     {"PolicyArchive", "SqlPolicyArchive", "PostgresDbPolicyArchive", "MongoDbPolicyArchive"}},
    {"Retention",
     {"BackupRetention", "InvalidSnapshotRetention", "ObsoleteSnapshotRetention",
      "OrphanedSnapshotRetention", "VmSnapshotRetention", "FileShareSnapshotRetention",
      "VnetRetention", "CosmosDbContinuousRetention"}},
    {"Restore",
     {"RestoreDisks", "RestoreVms", "SqlRestore", "FileShareRestore", "VnetFullRestore",
      "VnetGranularRestore", "CosmosDbRestore"}},
    {"FileLevelRestore", {"FileLevelRestore", "FileShareFileRestore"}},
    {"Deletion",
     {"BackupDeletion", "SnapshotDeletion", "ManualSnapshotDeletion", "SqlBackupDeletion",
      "FileShareSnapshotDeletion", "FileShareManualSnapshotDeletion", "VnetBackupDeletion",
      "CosmosDbBackupDeletion", "CosmosDbContinuousBackupDeletion", "ConfigurationBackupDeletion"}},
    {"ConfigurationBackup",
     {"ConfigurationBackupManual", "ConfigurationBackupScheduled", "ConfigurationBackupDownload",
      "ConfigurationBackupSync", "ConfigurationBackupDeletion", "ConfigurationRestoreStatus"}},
    {"RepositoryTasks",
     {"RepositoryCreation", "RepositoryDeletion", "RepositoryEdit", "VnetRepositoryImport"}},
};

static void add_group(apr_array_header_t *names, const char *name)
{
    for (apr_size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
        if (ap_cstr_casecmp(groups[i].group, name) == 0) {
            for (const char *const *type = groups[i].types; *type != NULL; type++) {
                APR_ARRAY_PUSH(names, const char *) = *type;
            }
        }
    }
}

apr_array_header_t *type_groups_expand(apr_array_header_t *names)
{
    int given = names->nelts;
    for (int i = 0; i < given; i++) {
        const char *name = APR_ARRAY_IDX(names, i, const char *);
        if (name != NULL) {
            add_group(names, name);
        }
    }
    return names;
}
