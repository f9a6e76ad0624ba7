/* SPDX-License-Identifier: Apache-2.0 */
#include "format/later_types.h"

#include <stdlib.h>
#include <string.h>

/* By length, then by name: most comparisons are of two numbers. */
static const char *const types[] = {
    "Unknown",
    "RestoreVms",
    "SqlRestore",
    "HealthCheck",
    "PolicyBackup",
    "RestoreDisks",
    "PolicyArchive",
    "VnetRetention",
    "BackupDeletion",
    "ManualSnapshot",
    "PolicySnapshot",
    "RepositoryEdit",
    "SnapshotBackup",
    "SnapshotRescan",
    "BackupRetention",
    "CosmosDbRestore",
    "SqlManualBackup",
    "SqlPolicyBackup",
    "VnetFullRestore",
    "FileLevelRestore",
    "FileShareRestore",
    "SnapshotDeletion",
    "SqlPolicyArchive",
    "VnetPolicyBackup",
    "FileShareIndexing",
    "SqlBackupDeletion",
    "RepositoryCreation",
    "RepositoryDeletion",
    "VnetBackupDeletion",
    "MongoDbManualBackup",
    "MongoDbPolicyBackup",
    "VmSnapshotRetention",
    "VnetGranularRestore",
    "FileShareFileRestore",
    "InfrastructureRescan",
    "MongoDbPolicyArchive",
    "VnetRepositoryImport",
    "CosmosDbConfiguration",
    "CosmosDbBackupDeletion",
    "ManualSnapshotDeletion",
    "PostgresDbManualBackup",
    "PostgresDbPolicyBackup",
    "ConfigurationBackupSync",
    "FileShareManualSnapshot",
    "FileSharePolicySnapshot",
    "PostgresDbPolicyArchive",
    "InvalidSnapshotRetention",
    "ConfigurationBackupManual",
    "FileShareSnapshotDeletion",
    "ObsoleteSnapshotRetention",
    "OrphanedSnapshotRetention",
    "RestorePointDataRetrieval",
    "ConfigurationRestoreStatus",
    "FileShareSnapshotRetention",
    "ConfigurationBackupDeletion",
    "ConfigurationBackupDownload",
    "CosmosDbContinuousRetention",
    "ConfigurationBackupScheduled",
    "SqlRestorePointDataRetrieval",
    "VnetPolicyBackupToRepository",
    "FileShareManualSnapshotDeletion",
    "CosmosDbContinuousBackupDeletion",
    "CosmosDbRestorePointDataRetrieval",
};

struct name {
    const char *text;
    size_t length;
};

static int compare(const void *wanted_, const void *type_)
{
    const struct name *wanted = wanted_;
    const char *type = *(const char *const *)type_;
    size_t length = strlen(type);
    return wanted->length != length ? (wanted->length > length) - (wanted->length < length)
                                    : memcmp(wanted->text, type, length);
}

bool jsp_later_types_have(const char *type, size_t length)
{
    struct name wanted = {type, length};
    return bsearch(&wanted, types, sizeof(types) / sizeof(types[0]), sizeof(types[0]), compare)
           != NULL;
}
