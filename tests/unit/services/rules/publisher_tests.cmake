add_executable(strowger_publisher_test
  ${CMAKE_CURRENT_LIST_DIR}/checker_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/history_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/watcher_test.cc)
target_link_libraries(strowger_publisher_test PRIVATE strowger_test_flags strowger_publisher)
gtest_discover_tests(strowger_publisher_test)
