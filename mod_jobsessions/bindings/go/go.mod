module jobsessions

go 1.19
